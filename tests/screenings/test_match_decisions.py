"""Decisions about matches: in force at once, in payments and screenings, until they end or the entry changes."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine

from ratel.identifiers import read
from screening.models import Evaluation as StoredEvaluation
from screening.models import MatchDecision
from screening.replays import open_evaluation
from screening.services.match_decisions import reopen_changed
from teams.models import AuditEntry
from tests.cast import Bank, Caller, changed, make_bank
from tests.evaluate.answers import QUIET
from tests.screenings.lists import load

DECISIONS = "/api/match-decisions"
NOT_HIM = "not_this_person"
BOUT = "demo:demo-bout"
NAME = "Viktor Bout"


@pytest.fixture
def bank() -> Bank:
    return make_bank("Acme Bank", "us")


@pytest.fixture
def caller(bank: Bank) -> Caller:
    return bank.callers["us"]


@pytest.fixture
def customer(caller: Caller) -> str:
    assert caller.post("/api/customers", {"customerId": "c-1", "fullName": NAME}).status == 201
    return "c-1"


def decide(caller: Caller, customer: str, verdict: str = NOT_HIM, **fields: Any) -> dict[str, Any]:
    body = {"customerId": customer, "entryId": BOUT, "verdict": verdict, "reason": "Another passport"}
    answer = caller.post(DECISIONS, {**body, **fields})
    assert answer.status == 201, answer.body
    return answer.data


def pays(caller: Caller, customer: str, **fields: Any) -> dict[str, Any]:
    answer = caller.explain(customerId=customer, **{**QUIET, **fields})
    assert answer.status == 200, answer.body
    return answer.data


def sanctions_evidence(bank: Bank, data: dict[str, Any]) -> dict[str, Any]:
    """The parties of the stored evaluation's sanctions layer, by role."""
    identifier = read("evl", data["evaluationId"])
    assert identifier
    with bank.seeing("us"):
        sealed = StoredEvaluation.objects.get(id=identifier).sealed_detail
    evidence = open_evaluation(identifier, bytes(sealed)).layer("sanctions").evidence
    assert evidence
    return {party["role"]: party for party in evidence["parties"]}


def test_not_this_person_alerts_no_more_and_the_evaluation_says_why(
    bank: Bank, caller: Caller, customer: str
) -> None:
    assert pays(caller, customer, customerName=NAME)["blocked"] is True
    decision = decide(caller, customer)
    after = pays(caller, customer, customerName=NAME)
    assert (after["decision"], after["riskScore"]) == ("pass", 0)
    party = sanctions_evidence(bank, after)["customer"]
    assert party["matches"] == []
    (suppressed,) = party["suppressed"]
    assert (suppressed["entryId"], suppressed["decisionId"]) == (BOUT, decision["id"])


def test_it_holds_for_that_customer_and_nobody_else(caller: Caller, customer: str) -> None:
    decide(caller, customer)
    assert pays(caller, "somebody else", customerName=NAME)["blocked"] is True


def test_it_holds_for_the_customer_and_not_for_whom_it_pays(caller: Caller, customer: str) -> None:
    decide(caller, customer)
    assert pays(caller, customer, counterpartyName=NAME)["blocked"] is True


def test_one_about_a_counterparty_holds_for_that_name_alone(
    bank: Bank, caller: Caller, customer: str
) -> None:
    decision = decide(caller, customer, counterpartyName="viktor  BOUT")
    assert decision["party"] == "counterparty"
    quiet = pays(caller, customer, customerName="Ngozi Wintersgill", counterpartyName=NAME)
    assert quiet["decision"] == "pass"
    assert sanctions_evidence(bank, quiet)["counterparty"]["suppressed"]
    for fields in ({"counterpartyName": "Victor But"}, {"counterpartyName": None, "customerName": NAME}):
        assert pays(caller, customer, **fields)["blocked"] is True


def test_other_entries_of_the_same_customer_still_alert(caller: Caller, customer: str) -> None:
    decide(caller, customer)
    assert pays(caller, customer, customerName="Ramzan Kadyrov")["blocked"] is True


def test_screenings_keep_to_it_too(caller: Caller, customer: str) -> None:
    decision = decide(caller, customer)
    answer = caller.post("/api/screenings", {"lane": "ongoing", "customerId": customer, "fullName": NAME})
    assert (answer.data["status"], answer.data["matches"], answer.data["alertId"]) == ("clear", [], None)
    assert answer.data["suppressed"][0]["decisionId"] == decision["id"]


def test_confirmed_counts_whatever_the_score(caller: Caller, customer: str) -> None:
    """Of another year and country than the listed person: by itself a near miss."""
    other = {"dateOfBirth": "1999-01-01", "nationality": "BR"}
    facts = {"lane": "onboarding", "customerId": customer, "fullName": NAME, **other}
    assert caller.post("/api/screenings", facts).data["status"] == "clear"
    decision = decide(caller, customer, "confirmed")
    found = caller.post("/api/screenings", facts).data
    assert (found["status"], found["matches"][0]["decisionId"]) == ("confirmed", decision["id"])


def test_a_withdrawn_one_alerts_again(bank: Bank, caller: Caller, customer: str) -> None:
    decision = decide(caller, customer)
    answer = caller.post(f"{DECISIONS}/{decision['id']}/withdraw", {"reason": "It is him after all"})
    assert (answer.status, answer.data["status"]) == (200, "withdrawn")
    assert (answer.data["reason"], answer.data["endReason"]) == ("Another passport", "It is him after all")
    assert pays(caller, customer, customerName=NAME)["blocked"] is True
    again = caller.post(f"{DECISIONS}/{decision['id']}/withdraw", {"reason": "twice"})
    assert (again.status, again.error["code"]) == (409, "conflict")


def test_an_expired_one_alerts_again(bank: Bank, caller: Caller, customer: str) -> None:
    soon = datetime.now(UTC) + timedelta(minutes=1)
    decision = decide(caller, customer, expiresAt=soon.isoformat())
    assert pays(caller, customer, customerName=NAME)["decision"] == "pass"
    with time_machine.travel(soon + timedelta(seconds=1)):
        assert pays(caller, customer, customerName=NAME)["blocked"] is True
        assert caller.get(f"{DECISIONS}/{decision['id']}").data["status"] == "expired"
        assert [one["id"] for one in caller.get(f"{DECISIONS}?status=expired").data] == [decision["id"]]
        assert caller.get(f"{DECISIONS}?status=active").data == []


def test_a_newer_one_takes_the_place_of_the_older(bank: Bank, caller: Caller, customer: str) -> None:
    first = decide(caller, customer)
    second = decide(caller, customer, "confirmed")
    assert caller.get(f"{DECISIONS}/{first['id']}").data["status"] == "superseded"
    assert [one["id"] for one in caller.get(f"{DECISIONS}?status=active").data] == [second["id"]]
    assert pays(caller, customer, customerName=NAME)["blocked"] is True


def test_each_step_is_audited_and_reasons_and_names_are_not_in_it(
    bank: Bank, caller: Caller, customer: str
) -> None:
    decision = decide(caller, customer, reason="Secret reason", counterpartyName="Secret Name")
    decide(caller, customer, reason="Secret reason", counterpartyName="Secret Name")
    caller.get(f"{DECISIONS}/{decision['id']}")
    newest = caller.get(DECISIONS).data[0]["id"]
    caller.post(f"{DECISIONS}/{newest}/withdraw", {"reason": "Secret reason"})
    with bank.seeing("us"):
        entries = list(AuditEntry.objects.filter(action__startswith="match_decision").order_by("id").values())
        rows = list(MatchDecision.objects.values())
    assert [entry["action"].partition(".")[2] for entry in entries] == [
        "created",
        "superseded",
        "created",
        "viewed",
        "withdrawn",
    ]
    assert "Secret" not in json.dumps(entries, default=str)
    assert all(b"Secret" not in bytes(row["sealed_words"]) for row in rows)


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"customerId": "nobody"}, "customerId"),
        ({"customerId": ""}, "customerId"),
        ({"entryId": "demo:nobody"}, "entryId"),
        ({"entryId": "no colon"}, "entryId"),
        ({"entryId": "x" * 201}, "entryId"),
        ({"verdict": "maybe"}, "verdict"),
        ({"reason": " "}, "reason"),
        ({"reason": None}, "reason"),
        ({"expiresAt": "2020-01-01T00:00:00Z"}, "expiresAt"),
        ({"expiresAt": "2999-01-01"}, "expiresAt"),
        ({"counterpartyName": ""}, "counterpartyName"),
        ({"counterpartyName": "a\x00"}, "counterpartyName"),
        ({"teamId": "x"}, "teamId"),
    ],
)
def test_what_is_wrong_is_named(caller: Caller, customer: str, change: dict[str, Any], path: str) -> None:
    body = {"customerId": customer, "entryId": BOUT, "verdict": NOT_HIM, "reason": "because", **change}
    answer = caller.post(DECISIONS, body)
    assert answer.status == 400
    assert [problem["path"] for problem in answer.error["errors"]] == [path]


def test_deciding_needs_its_scope(bank: Bank, customer: str) -> None:
    body = {"customerId": customer, "entryId": BOUT, "verdict": NOT_HIM, "reason": "because"}
    assert bank.new_key("us", scopes=["read", "write"]).post(DECISIONS, body).status == 403
    assert bank.new_key("us", scopes=["case.write"]).post(DECISIONS, body).status == 201


# -- Lists change


LINE = "Peregrine Hollowbrook,,,person,1950,GB,,q-1,sanctions,{remarks}"


def test_it_survives_refreshes_and_ends_when_the_entry_changes_materially(
    bank: Bank, caller: Caller, tmp_path: Path
) -> None:
    path, name = tmp_path / "list.csv", "Peregrine Hollowbrook"
    load(path, LINE.format(remarks="first"), code="changing")
    assert pays(caller, "c-2", customerName=name)["blocked"] is True
    decision = decide(caller, "c-2", entryId="changing:q-1")
    load(
        path, LINE.format(remarks="other remarks"), "Somebody New,,,person,,,,q-2,sanctions,", code="changing"
    )
    assert pays(caller, "c-2", customerName=name)["decision"] == "pass"

    load(path, LINE.format(remarks="other remarks").replace("1950", "1951"), code="changing")
    assert pays(caller, "c-2", customerName=name)["blocked"] is True
    with bank.seeing("us"):
        assert reopen_changed(team=bank.team_facts("us")) == 1
        assert reopen_changed(team=bank.team_facts("us")) == 0
        assert AuditEntry.objects.filter(action="match_decision.reopened").count() == 1
    changed()
    assert caller.get(f"{DECISIONS}/{decision['id']}").data["status"] == "reopened"
    assert pays(caller, "c-2", customerName=name)["blocked"] is True


def test_an_entry_that_leaves_and_comes_back_as_it_was_stays_decided(
    bank: Bank, caller: Caller, tmp_path: Path
) -> None:
    path, name = tmp_path / "list.csv", "Peregrine Hollowbrook"
    load(path, LINE.format(remarks="first"), code="changing")
    pays(caller, "c-2", customerName=name)
    decide(caller, "c-2", entryId="changing:q-1")
    load(path, "Somebody New,,,person,,,,q-2,sanctions,", code="changing")
    with bank.seeing("us"):
        assert reopen_changed(team=bank.team_facts("us")) == 0
    load(path, LINE.format(remarks="first"), code="changing")
    assert pays(caller, "c-2", customerName=name)["decision"] == "pass"
