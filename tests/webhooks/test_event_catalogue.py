"""The catalogue of events: complete, closed, documented, and followed by everything that is emitted."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from cases.models import Alert, Case
from ratel.identifiers import new_id, show
from ratel.json import encode
from tests.cast import make_bank, payment
from tests.evaluate.rules import add_rules, rule
from tests.evaluate.stored import events
from tests.webhooks.emitted import problems_of
from webhooks.events import CATALOGUE, LARGEST_BODY_BYTES, Event, body_of
from webhooks.events.body import shortened
from webhooks.events.cases import CLOSED, OPEN_STATUSES, RESOLUTIONS

CONTRACT = {
    *("alert.created", "alert.triggered", "alert.escalated"),
    *("case.created", "case.updated", "case.resolved", "case.closed"),
    *("screening.confirmed", "screening.review", "sar.drafted", "sar.submitted", "sar.acknowledged"),
    *("watchlist.refreshed", "rule.bypassed", "decisionPolicy.updated", "model.updated"),
    *("batch.completed", "evaluation.partial", "evaluation.rescreened", "webhook.test"),
}
PAGE = Path(__file__).resolve().parents[2] / "docs" / "webhooks.md"
PERSONAL = re.compile(r"(?i)name$|nik|bvn|account|narration|birth|address|email")


def body(event: str, data: Any) -> bytes:
    return body_of(
        event_id=new_id(),
        event=event,
        occurred_at=datetime.now(UTC),
        organisation_id=new_id(),
        team_id=new_id(),
        sequence=7,
        data=data,
    )


def test_every_event_of_the_contract_is_in_the_catalogue_and_no_other() -> None:
    assert set(CATALOGUE) == CONTRACT


@pytest.mark.parametrize("name", CATALOGUE)
def test_an_example_follows_its_schema_also_when_it_was_shortened(name: str) -> None:
    event = CATALOGUE[name]
    assert list(problems_of([(name, event.is_confidential, dict(event.example))])) == []
    long_text = {
        field: "x" * 300 for field, value in event.example.items() if is_free_text(event, field, value)
    }
    whole = {**event.example, **long_text}
    for room in range(len(encode(event.example)), len(encode(whole)) + 1, 40):
        cut = shortened(whole, room)
        assert len(encode(cut)) <= room
        if cut != {"truncated": ["*"]}:
            assert list(problems_of([(name, event.is_confidential, cut)])) == []


def is_free_text(event: Event, field: str, value: Any) -> bool:
    return isinstance(value, str) and set(event.data["properties"][field]) <= {"type", "description"}


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_object_of_a_schema_is_closed_and_names_nothing_personal(name: str) -> None:
    def walk(schema: Any, path: str) -> None:
        if isinstance(schema, list):
            for one in schema:
                walk(one, path)
        if not isinstance(schema, dict):
            return
        if "properties" in schema:
            assert schema["additionalProperties"] is False, path
            for field in schema["properties"]:
                assert not PERSONAL.search(field) or (name, field) == ("watchlist.refreshed", "name"), field
        for key, part in schema.items():
            walk(part, f"{path}.{key}")

    walk(CATALOGUE[name].data, name)


def test_only_events_of_reports_are_confidential() -> None:
    assert {name for name, event in CATALOGUE.items() if event.is_confidential} == {
        "sar.drafted",
        "sar.submitted",
        "sar.acknowledged",
    }


def test_no_other_event_has_a_field_that_could_tell_of_a_report() -> None:
    for event in CATALOGUE.values():
        if not event.is_confidential:
            assert not re.search(
                r"(?i)\bsar\b|report|suspicion\b", json.dumps([event.data, dict(event.example)])
            )


def test_cases_and_alerts_use_the_catalogues_words() -> None:
    assert {*OPEN_STATUSES, *RESOLUTIONS, CLOSED} == set(Case.Status.values)
    triggers = CATALOGUE["alert.created"].data["properties"]["triggerType"]["enum"]
    assert set(triggers) == set(Alert.Trigger.values)


def test_a_fault_in_an_emitted_event_is_found() -> None:
    good = dict(CATALOGUE["case.updated"].example)
    assert list(problems_of([("case.updated", False, good)])) == []
    for row in (
        ("case.renamed", False, good),
        ("case.updated", True, good),
        ("sar.drafted", False, dict(CATALOGUE["sar.drafted"].example)),
        ("case.updated", False, {**good, "customerName": "Budi"}),
        ("case.updated", False, {**good, "status": "SLEEPING"}),
        ("case.updated", False, {name: value for name, value in good.items() if name != "caseId"}),
        ("case.updated", False, {**good, "alertIds": ["4711"]}),
    ):
        assert len(list(problems_of([row]))) == 1, row


def test_every_event_that_a_decision_a_rule_and_a_policy_emit_follows_its_schema() -> None:
    bank = make_bank("Acme Bank", "id")
    caller = bank.callers["id"]
    add_rules(bank, "id", rule("LARGE", {"field": "amount", "operator": ">=", "value": 10}))
    for _ in range(2):
        caller.post(
            "/api/transactions/evaluate", payment(amountIdr=900_000_000, country="KP", isCrossBorder=True)
        )
    caller.patch("/api/decision-policy", {"txReviewScore": 1})
    emitted = events(bank, "id")
    rows = [(event.event, event.is_confidential, event.payload) for event in emitted]
    assert {"case.created", "case.updated", "alert.created", "decisionPolicy.updated"} <= {
        row[0] for row in rows
    }
    assert list(problems_of(rows)) == []


# -- The body


def test_the_body_is_as_the_contract_prints_it_and_the_same_at_every_attempt() -> None:
    event_id, organisation, team = new_id(), new_id(), new_id()
    moment = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
    bodies = {
        body_of(
            event_id=event_id,
            event="case.resolved",
            occurred_at=moment,
            organisation_id=organisation,
            team_id=team,
            sequence=12,
            data=CATALOGUE["case.resolved"].example,
        )
        for _ in range(3)
    }
    (sent,) = bodies
    assert json.loads(sent) == {
        "id": show("evt", event_id),
        "event": "case.resolved",
        "occurredAt": "2026-11-21T09:30:00+00:00",
        "orgId": show("org", organisation),
        "teamId": str(team),
        "sequence": 12,
        "data": dict(CATALOGUE["case.resolved"].example),
    }


def test_a_case_of_very_many_transactions_still_fits_and_says_what_was_shortened() -> None:
    data = {
        **CATALOGUE["case.resolved"].example,
        "externalIds": ["x" * 128] * 5_000,
        "alertIds": [show("alt", new_id())],
    }
    sent = body("case.resolved", data)
    assert len(sent) <= LARGEST_BODY_BYTES
    received = json.loads(sent)["data"]
    assert received["truncated"] == ["externalIds"]
    assert (len(received["externalIds"]), received["alertIds"]) == (100, data["alertIds"])
    assert (received["caseId"], received["status"]) == (data["caseId"], data["status"])
    assert list(problems_of([("case.resolved", False, received)])) == []


def test_what_just_fits_is_sent_whole() -> None:
    data = {**CATALOGUE["case.resolved"].example, "reason": ""}
    room = LARGEST_BODY_BYTES - len(body("case.resolved", data))
    whole = body("case.resolved", {**data, "reason": "r" * room})
    assert len(whole) == LARGEST_BODY_BYTES
    assert "truncated" not in json.loads(whole)["data"]
    over = json.loads(body("case.resolved", {**data, "reason": "r" * (room + 1)}))["data"]
    assert (over["truncated"], len(over["reason"])) == (["reason"], 256)


JSON = some.recursive(
    some.none() | some.booleans() | some.integers(-(2**53), 2**53) | some.text(max_size=300),
    lambda inner: (
        some.lists(inner, max_size=300) | some.dictionaries(some.text(max_size=20), inner, max_size=30)
    ),
    max_leaves=300,
)


@given(some.dictionaries(some.text(min_size=1, max_size=20), JSON, max_size=30), some.integers(40, 4_000))
def test_whatever_the_data_it_is_brought_to_the_size(data: dict[str, Any], room_bytes: int) -> None:
    kept = shortened(data, room_bytes)
    assert len(encode(kept)) <= room_bytes
    assert set(kept) <= {*data, "truncated"} or kept == {"truncated": ["*"]}


# -- The page


def test_the_page_lists_every_event_with_its_description() -> None:
    rows = dict(re.findall(r"^\| `([a-zA-Z.]+)` \| (.+?) \|", PAGE.read_text(), re.MULTILINE))
    for name, event in CATALOGUE.items():
        assert rows.get(name, "").startswith(event.description), name


def test_the_page_has_the_fields_of_every_event() -> None:
    text = PAGE.read_text()
    for event in CATALOGUE.values():
        for field in event.data["properties"]:
            assert f"`{field}`" in text, (event.name, field)
