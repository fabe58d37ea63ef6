"""The same payment through all five dialects, each for a fresh team of the same pack: one decision, told in five ways.

Each answer is held against what was stored for it, and what was stored against the other four.
"""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from ratel.identifiers import show
from screening.models import Evaluation, Rule, Ruleset, RuleVersion
from screening.policy import LAYER_NAMES
from screening.replays import open_evaluation
from tests.cast import CURRENCY, PASSWORD, Answer, Bank, Caller, make_bank
from tests.evaluate.rules import add_rules, rule

WHEN = "2026-03-10T12:00:00+00:00"
FIELDS = [
    {"key": "amount", "type": "Integer", "mapsTo": "amount"},
    {"key": "currency", "type": "String", "mapsTo": "currency"},
    {"key": "direction", "type": "String", "mapsTo": "direction"},
    {"key": "channel", "type": "String", "mapsTo": "channel"},
    {"key": "type", "type": "String", "mapsTo": "type"},
    {"key": "to", "type": "String", "mapsTo": "counterpartyAccount"},
    {"key": "fromName", "type": "String", "mapsTo": "customerName"},
    {"key": "toName", "type": "String", "mapsTo": "counterpartyName"},
]
# Beside the rules of each pack: what these amounts ask for.
ASKED = [
    ("ASK_REVIEW", 7_102, "review", "medium", 40),
    ("ASK_ESCALATE", 7_103, "escalate", "high", 75),
    ("ASK_BLOCK", 7_104, "block", "critical", 100),
]
# In packs that sum points: with these a score goes past what the bank's and the entity dialect can tell.
ASKED_OF_SUMS = [
    ("ASK_ESCALATE_TOO", 7_103, "alert", "low", 60),
    ("ASK_BLOCK_TOO", 7_104, "review", "medium", 35),
]
SUMMING = {"id", "us"}
AMOUNTS = {"pass": 7_101, "review": 7_102, "escalate": 7_103, "block": 7_104}
LISTED = "Joaquin Guzman Loera"

# What each dialect calls them, as its page of the API says.
BANK_OUTCOMES = {"pass": "APPROVE", "review": "REVIEW", "escalate": "ESCALATE", "block": "BLOCK"}
ENTITY_DECISIONS = {"pass": "APPROVE", "review": "REVIEW", "escalate": "DECLINE", "block": "DECLINE"}
STREAM_STATUSES = {
    "T": "RULE_VIOLATED",
    "N": "RULE_COMPLIED",
    "A": "RULE_COMPLIED",
    "G": "RULE_COMPLIED",
    "I": "RULE_COMPLIED",
    "F": "RULE_EVALUATION_FAILED",
}
FRAML_STATES = {
    "T": "RuleTriggered",
    "N": "RuleNotTriggered",
    "A": "RuleNotApplicable",
    "G": "RuleNotApplicableForGroupingKeys",
    "I": "RuleIncompleteFields",
    "F": "RuleIncompleteFields",
}
NATIVE_STATES = {
    "T": "triggered",
    "N": "not_triggered",
    "A": "not_applicable",
    "G": "not_applicable_for_grouping_keys",
    "I": "incomplete_fields",
    "F": "failed",
}


@dataclass(frozen=True)
class Payment:
    """What is sent, in which team, and what comes of it."""

    pack: str
    amount: int
    decision: str
    to_name: str = "Chinedu Eze"

    @property
    def currency(self) -> str:
        return CURRENCY[self.pack]


PAYMENTS = {
    **{
        f"{decision} in {pack}": Payment(pack, amount, decision)
        for pack in ("ng", "id", "us")
        for decision, amount in AMOUNTS.items()
    },
    "a large one in id": Payment("id", 900_000_000, "review"),
    "to a listed person in us": Payment("us", 2_500, "block", LISTED),
    "to a listed person in ng": Payment("ng", 2_500, "block", LISTED),
}


# -- One payment in each dialect


def native(bank: Bank, one: Payment) -> Answer:
    return bank.callers[one.pack].post(
        "/api/transactions/evaluate?include=layers",
        {
            "customerId": "c-1", "direction": "debit", "amount": one.amount, "currency": one.currency,
            "channel": "mobile_app", "type": "transfer", "externalId": "x-1", "occurredAt": WHEN,
            "counterpartyAccount": "9876543210", "customerName": "Adaeze Okafor",
            "counterpartyName": one.to_name,
        },
    )  # fmt: skip


def bank_dialect(bank: Bank, one: Payment) -> Answer:
    return bank.callers[one.pack].post(
        "/api/v1/transactions/screen",
        {
            "externalId": "x-1", "type": "TRANSFER", "channel": "MOBILE_APP", "amount": one.amount,
            "currency": one.currency, "senderAccountNumber": "c-1", "receiverAccountNumber": "9876543210",
            "timestamp": WHEN, "senderName": "Adaeze Okafor", "receiverName": one.to_name,
        },
    )  # fmt: skip


def entity(bank: Bank, one: Payment) -> Answer:
    return bank.callers[one.pack].post(
        "/v1/transactions/screen",
        {
            "transaction_id": "x-1", "amount": one.amount, "currency": one.currency, "timestamp": WHEN,
            "sender": {"entity_id": "c-1", "name": "Adaeze Okafor"},
            "receiver": {"entity_id": "9876543210", "name": one.to_name},
            "metadata": {"channel": "mobile_app", "type": "transfer"},
        },
    )  # fmt: skip


def stream(bank: Bank, one: Payment) -> Answer:
    path = f"/api/teams/{bank.teams[one.pack].id}/payload-schema"
    assert bank.callers[one.pack].call("PUT", path, {"fields": FIELDS}).status == 200
    payload = {
        "txn_id": "x-1", "customer_id": "c-1", "date_time": WHEN, "amount": one.amount,
        "currency": one.currency, "direction": "debit", "channel": "mobile_app", "type": "transfer",
        "to": "9876543210", "fromName": "Adaeze Okafor", "toName": one.to_name,
    }  # fmt: skip
    return bank.callers[one.pack].post("/stream/v1", {"data": payload})


def framl(bank: Bank, one: Payment) -> Answer:
    with bank.seeing(one.pack):
        bank.teams[one.pack].product_code = "P1"
        bank.teams[one.pack].save(update_fields=["product_code"])
    who = base64.b64encode(f"{bank.people['analyst'].email}:{PASSWORD}".encode()).decode()
    token = Caller().post("/framl/auth/token", {}, Authorization=f"Basic {who}").body["token"]
    payload = {
        "transactionKey": "x-1", "customerId": "c-1", "direction": "debit", "amount": one.amount,
        "currency": one.currency, "channel": "mobile_app", "type": "transfer", "occurredAt": WHEN,
        "counterpartyAccount": "9876543210", "customerName": "Adaeze Okafor", "counterpartyName": one.to_name,
    }  # fmt: skip
    body = {"payload": payload, "format": "tt_json", "version": "1"}
    return Caller().post("/framl/products/P1/transactions", body, Authorization=f"Token {token}")


# -- What was stored


@dataclass(frozen=True)
class Stored:
    """An evaluation's row without the ids that only one bank has: rules by code, layers in their order."""

    decision: str
    score: Decimal
    level: str
    hits: tuple[tuple[str, str, int], ...]  # code, severity and points, the most points first
    states: tuple[tuple[str, str], ...]  # each rule's code and letter
    layer_scores: tuple[Decimal | None, ...]
    is_partial: bool
    has_alert: bool
    has_case: bool

    @property
    def shown_score(self) -> Decimal:
        """Where a dialect's score ends at 100."""
        return min(self.score, Decimal(100))

    @property
    def hit_codes(self) -> set[str]:
        return {code for code, _, _ in self.hits}


@dataclass(frozen=True)
class Row:
    """The row itself, what its hits say, and the codes of rules by the ids that callers see."""

    row: Evaluation
    lines: dict[str, str]
    codes: dict[str, str]


def stored(bank: Bank, pack: str) -> tuple[Stored, Row]:
    with bank.seeing(pack):
        row = Evaluation.objects.get()
        codes = {rule.id: rule.code for rule in Rule.objects.all()}
        ruleset = Ruleset.objects.get(id=row.ruleset_id)
        live = dict(ruleset.rules)
        severities = {
            one.rule_id: one.document["severity"]
            for one in RuleVersion.objects.all()
            if live.get(str(one.rule_id)) == one.version and "severity" in one.document
        }
    detail = open_evaluation(row.id, bytes(row.sealed_detail))
    hits = [
        (codes[rule_id], severities[rule_id], points)
        for rule_id, points in zip(row.hit_rules, row.hit_points, strict=True)
    ]
    in_order = [codes[UUID(rule_id)] for rule_id, _ in ruleset.rules]
    found = Stored(
        decision=row.decision,
        score=row.risk_score,
        level=row.risk_level,
        hits=tuple(sorted(hits, key=lambda hit: (-hit[2], hit[0]))),
        states=tuple(zip(in_order, row.rule_states, strict=True)),
        layer_scores=tuple(row.layer_scores),
        is_partial=row.partial,
        has_alert=row.alert_id is not None,
        has_case=row.case_id is not None,
    )
    lines = {hit.rule_code: hit.line for layer in detail.layers for hit in layer.hits}
    return found, Row(row, lines, {show("rul", rule_id): code for rule_id, code in codes.items()})


# -- What each dialect must have told of it


def told_by_native(answer: Answer, told: Stored, row: Row) -> None:
    data = answer.data
    assert data["decision"] == ("escalate" if told.decision == "block" else told.decision)
    assert data.get("blocked", False) is (told.decision == "block")
    assert Decimal(str(data["riskScore"])) == told.score
    assert data["riskLevel"] == told.level
    assert [(hit["ruleCode"], hit["severity"], hit["scoreContribution"]) for hit in data["hits"]] == list(
        told.hits
    )
    assert [row.codes[hit["ruleId"]] for hit in data["hits"]] == [code for code, _, _ in told.hits]
    assert data.get("alertId") == _shown("alt", row.row.alert_id)
    assert {one["ruleCode"]: one["state"] for one in data["ruleStates"]} == {
        code: NATIVE_STATES[letter] for code, letter in told.states
    }
    assert [(one["name"], _exact(one["score"])) for one in data["layers"]] == list(
        zip(LAYER_NAMES, told.layer_scores, strict=True)
    )
    assert data["partial"] is told.is_partial


def told_by_bank_dialect(answer: Answer, told: Stored, row: Row) -> None:
    body = answer.body
    assert body["outcome"] == BANK_OUTCOMES[told.decision]
    assert Decimal(str(body["riskScore"])) == told.shown_score
    assert body["riskLevel"] == told.level.upper()
    assert [(one["ruleCode"], one["severity"], one["score"]) for one in body["triggeredRules"]] == [
        (code, severity.upper(), points) for code, severity, points in told.hits
    ]
    assert [one["reason"] for one in body["triggeredRules"]] == [row.lines[code] for code, _, _ in told.hits]
    assert [(one["name"], _exact(one["score"])) for one in body["engines"]] == list(
        zip(LAYER_NAMES, told.layer_scores, strict=True)
    )
    assert body["alertId"] == _shown("alt", row.row.alert_id)
    assert body["caseId"] == _shown("cas", row.row.case_id)
    assert body["transactionId"] == _shown("txn", row.row.transaction_id)
    assert body["partial"] is told.is_partial


def told_by_entity(answer: Answer, told: Stored, row: Row) -> None:
    body = answer.body
    assert body["decision"] == ENTITY_DECISIONS[told.decision]
    assert Decimal(str(body["risk_score"])) == told.shown_score
    assert body["risk_level"] == told.level.upper()
    factors = body["explanation"]["primary_factors"]
    assert factors[: len(told.hits)] == [row.lines[code] for code, _, _ in told.hits]
    # What follows was found by layers that have no rules.
    assert set(factors[len(told.hits) :]).isdisjoint(row.lines.values())
    assert body["case_id"] == _shown("cas", row.row.case_id)


def told_by_stream(answer: Answer, told: Stored, row: Row) -> None:
    body = answer.body
    found = {row.codes[rule_id]: one["status"] for rule_id, one in body["ruleEvaluationMetrics"].items()}
    assert found == {code: STREAM_STATUSES[letter] for code, letter in told.states}
    assert {code for code, status in found.items() if status == "RULE_VIOLATED"} == told.hit_codes
    assert body["flagged"] is bool(told.hits)
    assert body["txnId"] == "x-1"
    assert body["acknowledgementId"] == row.row.id.hex[:24]


def told_by_framl(answer: Answer, told: Stored, row: Row) -> None:
    alert = answer.body["alert"]
    assert {code: one["message"] for code, one in alert.items()} == {
        code: FRAML_STATES[letter] for code, letter in told.states
    }
    triggered = {code: one["details"] for code, one in alert.items() if one["message"] == FRAML_STATES["T"]}
    assert triggered == {
        code: {"severity": severity, "score": points, "reason": row.lines[code]}
        for code, severity, points in told.hits
    }
    assert (answer.body["transactionKey"], answer.body["success"]) == ("x-1", True)


DIALECTS: tuple[tuple[Callable[[Bank, Payment], Answer], Callable[[Answer, Stored, Row], None]], ...] = (
    (native, told_by_native),
    (bank_dialect, told_by_bank_dialect),
    (entity, told_by_entity),
    (stream, told_by_stream),
    (framl, told_by_framl),
)


def _shown(prefix: str, identifier: UUID | None) -> str | None:
    return None if identifier is None else show(prefix, identifier)


def _exact(number: Any) -> Decimal | None:
    return None if number is None else Decimal(str(number))


def asked_in(pack: str) -> list[tuple[str, int, str, str, int]]:
    return [*ASKED, *ASKED_OF_SUMS] if pack in SUMMING else ASKED


def fresh_bank(pack: str, *, people: bool) -> Bank:
    """A team of the pack with rules that ask for each decision, and a customer of whom nothing bad is known."""
    bank = make_bank("One Engine", pack, people=people)
    asked = [
        rule(
            code,
            {"field": "amount", "operator": "==", "value": amount},
            action=action,
            severity=severity,
            scoreContribution=points,
        )
        for code, amount, action, severity, points in asked_in(pack)
    ]
    add_rules(bank, pack, *asked)
    customer = {"customerId": "c-1", "kycStatus": "verified", "kycTier": "tier_3"}
    assert bank.callers[pack].post("/api/customers", customer).status == 201
    return bank


@pytest.mark.parametrize("name", PAYMENTS)
def test_five_ways_in_lead_to_one_decision_and_each_tells_it_in_its_own_words(name: str) -> None:
    one = PAYMENTS[name]
    decided = {}
    for send, told_by in DIALECTS:
        bank = fresh_bank(one.pack, people=send is framl)
        answer = send(bank, one)
        assert answer.status == 200, (send.__name__, answer.body)
        found, row = stored(bank, one.pack)
        told_by(answer, found, row)
        decided[send.__name__] = found
    first = decided["native"]
    assert [dialect for dialect, found in decided.items() if found != first] == [], decided
    assert first.decision == one.decision
    assert first.has_alert is (one.decision != "pass")
    asked = {code for code, amount, *_ in asked_in(one.pack) if amount == one.amount}
    assert asked <= first.hit_codes
    assert first.score > 100 or len(asked) < 2
