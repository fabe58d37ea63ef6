"""Every state that a rule can end in, really provoked, in the words of the dialects that tell states, and on replays."""

from collections.abc import Callable
from typing import Any

import pytest

from screening.models import Evaluation, Rule
from screening.rules import kleene
from screening.rulesets import write_ruleset
from tests.cast import Answer, Bank, Caller, changed, make_bank
from tests.dialects.schemas import give_schema
from tests.dialects.test_framl import token_of
from tests.evaluate.rules import add_rules, rule

# A rule with this pattern is one that cannot be evaluated: see `matcher_that_breaks`.
BREAKING = "(?:a pattern that breaks)"
SURE = {"field": "amount", "operator": ">=", "value": 1}
RULES = (
    rule("TRIGGERED", SURE),
    rule("NOT_TRIGGERED", {"field": "amount", "operator": ">=", "value": 1_000_000}),
    rule("NOT_APPLICABLE", SURE, appliesWhen={"field": "channel", "operator": "==", "value": "atm"}),
    rule(
        "WITHOUT_KEYS",
        {"aggregate": {"function": "count", "window": "PT24H"}, "operator": ">=", "value": 2},
        type="velocity",
        groupBy=["device"],
    ),
    rule("INCOMPLETE", {"field": "attributes.tries", "operator": ">=", "value": 3}),
    rule("FAILED", {"field": "attributes.note", "operator": "match", "value": BREAKING}),
)
FRAML = {
    "TRIGGERED": "RuleTriggered",
    "NOT_TRIGGERED": "RuleNotTriggered",
    "NOT_APPLICABLE": "RuleNotApplicable",
    "WITHOUT_KEYS": "RuleNotApplicableForGroupingKeys",
    "INCOMPLETE": "RuleIncompleteFields",
    "FAILED": "RuleIncompleteFields",
}
STREAM = {
    "TRIGGERED": "RULE_VIOLATED",
    "NOT_TRIGGERED": "RULE_COMPLIED",
    "NOT_APPLICABLE": "RULE_COMPLIED",
    "WITHOUT_KEYS": "RULE_COMPLIED",
    "INCOMPLETE": "RULE_COMPLIED",
    "FAILED": "RULE_EVALUATION_FAILED",
}
NATIVE = {
    "TRIGGERED": "triggered",
    "NOT_TRIGGERED": "not_triggered",
    "NOT_APPLICABLE": "not_applicable",
    "WITHOUT_KEYS": "not_applicable_for_grouping_keys",
    "INCOMPLETE": "incomplete_fields",
    "FAILED": "failed",
}
FIELDS = [
    {"key": "amount", "type": "Float", "mapsTo": "amount"},
    {"key": "direction", "type": "String", "mapsTo": "direction"},
    {"key": "channel", "type": "String", "mapsTo": "channel"},
    {"key": "device", "type": "String", "mapsTo": "deviceId"},
    {"key": "tries", "type": "Integer"},
    {"key": "note", "type": "String"},
]


class MatcherBroke(Exception):
    """What the broken matcher raises; its text quotes what was sent, and must not be told to anybody."""


@pytest.fixture
def matcher_that_breaks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Conditions are checked so well before a rule is in force that none of them raises. So one whose matcher does."""
    whole = kleene.compile_pattern

    def compile_pattern(pattern: str) -> Callable[[str], bool]:
        if pattern != BREAKING:
            return whole(pattern)

        def broken(text: str) -> bool:
            raise MatcherBroke(text)

        return broken

    monkeypatch.setattr(kleene, "compile_pattern", compile_pattern)


@pytest.fixture
def bank(matcher_that_breaks: None) -> Bank:
    """A team whose rules are compiled while the matcher is broken."""
    made = make_bank("State Bank", "us", people=True)
    with made.seeing("us"):
        made.teams["us"].product_code = "STATES"
        made.teams["us"].save(update_fields=["product_code"])
    add_rules(made, "us", *RULES)
    assert give_schema(made, "us", FIELDS).status == 200
    return made


@pytest.fixture
def token(bank: Bank) -> str:
    return token_of(bank)


def by_stream(bank: Bank) -> Answer:
    payload = {
        "txn_id": "t-1", "customer_id": "c-1", "date_time": "2026-03-10T12:00:00+00:00", "amount": 250.0,
        "direction": "debit", "channel": "transfer", "device": "", "tries": 0, "note": "secret words",
    }  # fmt: skip
    return bank.callers["us"].post("/stream/v1", {"data": payload})


def by_framl(token: str, **more: Any) -> Answer:
    payload = {
        "transactionKey": "t-1", "customerId": "c-1", "direction": "debit", "amount": 250,
        "channel": "transfer", "attributes": {"note": "secret words"}, **more,
    }  # fmt: skip
    body = {"payload": payload, "format": "tt_json", "version": "1"}
    return Caller().post("/framl/products/STATES/transactions", body, Authorization=f"Token {token}")


def codes(bank: Bank) -> dict[str, str]:
    """The codes of the team's rules by the ids that callers see."""
    return {one["id"]: one["code"] for one in bank.callers["us"].get("/api/rules?limit=200").data}


def of_these_rules(states: dict[str, Any]) -> dict[str, Any]:
    return {code: states[code] for code in FRAML}


def test_each_state_has_its_word_in_framl_and_a_failed_rule_its_error(bank: Bank, token: str) -> None:
    answer = by_framl(token)
    assert answer.status == 200, answer.body
    told = answer.body["alert"]
    assert {code: one["message"] for code, one in of_these_rules(told).items()} == FRAML
    assert told["FAILED"]["details"] == {"error": "MatcherBroke"}
    assert told["TRIGGERED"]["details"]["score"] == 10
    for code in ("NOT_TRIGGERED", "NOT_APPLICABLE", "WITHOUT_KEYS", "INCOMPLETE"):
        assert told[code]["details"] == {}, "an error is told of failed rules only"
    assert {one["message"] for one in told.values()} == {
        "RuleTriggered", "RuleNotTriggered", "RuleNotApplicable", "RuleNotApplicableForGroupingKeys",
        "RuleIncompleteFields",
    }  # fmt: skip
    assert "secret words" not in str(answer.body)


def test_each_state_has_its_word_in_stream(bank: Bank) -> None:
    answer = by_stream(bank)
    assert answer.status == 200, answer.body
    names = codes(bank)
    told = {names[key]: one["status"] for key, one in answer.body["ruleEvaluationMetrics"].items()}
    assert of_these_rules(told) == STREAM
    assert set(told.values()) == {"RULE_VIOLATED", "RULE_COMPLIED", "RULE_EVALUATION_FAILED"}
    assert answer.body["flagged"] is True
    assert "secret words" not in str(answer.body)


def test_a_rule_that_fails_is_stored_as_failed_and_makes_the_evaluation_partial(bank: Bank) -> None:
    fields = {"amount": 250, "channel": "transfer", "attributes": {"note": "secret words"}}
    answer = bank.callers["us"].explain(**fields)
    told = {one["ruleCode"]: one["state"] for one in answer.data["ruleStates"]}
    assert of_these_rules(told) == NATIVE
    assert (answer.data["partial"], answer.data["missingLayers"]) == (True, [])
    with bank.seeing("us"):
        row = Evaluation.objects.get()
    assert row.partial is True
    assert row.rule_states.count("F") == 1


def test_a_rule_that_fails_is_no_violation_and_flags_nothing(bank: Bank) -> None:
    with bank.seeing("us"):
        Rule.objects.exclude(code__in=["FAILED", "NOT_TRIGGERED"]).update(status="paused")
        write_ruleset(bank.id, bank.teams["us"].id)
    changed()
    answer = by_stream(bank)
    names = codes(bank)
    assert {names[key]: one["status"] for key, one in answer.body["ruleEvaluationMetrics"].items()} == {
        "FAILED": "RULE_EVALUATION_FAILED",
        "NOT_TRIGGERED": "RULE_COMPLIED",
    }
    assert answer.body["flagged"] is False


def test_a_replay_tells_every_state_as_it_was_although_the_rule_works_again(
    bank: Bank, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = {"stream": by_stream(bank), "framl": by_framl(token, transactionKey="t-2")}
    monkeypatch.undo()
    # Another ruleset is in force, compiled with a matcher that works.
    add_rules(bank, "us", rule("LATER", SURE))
    again = {"stream": by_stream(bank), "framl": by_framl(token, transactionKey="t-2")}
    for dialect, answer in again.items():
        assert answer.status == 200
        assert answer.headers["Idempotent-Replayed"] == "true"
        assert answer.body == first[dialect].body
        assert "LATER" not in str(answer.body)
    statuses = [one["status"] for one in again["stream"].body["ruleEvaluationMetrics"].values()]
    assert statuses.count("RULE_EVALUATION_FAILED") == 1
    assert again["framl"].body["alert"]["FAILED"] == {
        "message": "RuleIncompleteFields",
        "details": {"error": "MatcherBroke"},
    }
    now = by_framl(token, transactionKey="t-3").body["alert"]
    assert now["FAILED"] == {"message": "RuleNotTriggered", "details": {}}
