"""`/api/webhook-deliveries` and `/api/dead-letters`: what was sent, what came back, and sending it again."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ratel.identifiers import new_id, show
from teams.models import AuditEntry
from tests.cast import Bank, Caller, make_bank
from tests.webhooks.stored import (
    DEAD_LETTERS,
    DELIVERIES,
    ENDPOINTS,
    URL,
    attempt,
    dead_letter,
    delivery,
    new_endpoint,
    state_of,
)
from webhooks.models import DeadLetter, Delivery


@pytest.fixture
def bank() -> Bank:
    return make_bank("Acme Bank", "us")


@pytest.fixture
def caller(bank: Bank) -> Caller:
    return bank.callers["us"]


@pytest.fixture
def endpoint(caller: Caller) -> str:
    return new_endpoint(caller)["id"]


@pytest.fixture
def integrator(bank: Bank) -> Caller:
    return bank.new_key("us", scopes=["webhooks"])


def ids(answer: Any) -> list[str]:
    assert answer.status == 200, answer.body
    return [one["id"] for one in answer.data]


def replay(caller: Caller, **wanted: Any) -> Any:
    return caller.post(f"{DEAD_LETTERS}/replay", wanted)


def last_entry(bank: Bank) -> AuditEntry:
    with bank.seeing("us"):
        return AuditEntry.objects.filter(team_id=bank.teams["us"].id).order_by("-id")[0]


def test_a_delivery_is_shown_with_its_request_every_attempt_and_what_came_back(
    bank: Bank, caller: Caller, endpoint: str
) -> None:
    sent = delivery(bank, "us", endpoint, state="pending", attempts_made=2, last_status_code=500)
    attempt(bank, "us", sent, 2, b"again \xff" + "é".encode(), duration_ms=34)
    attempt(bank, "us", sent, 1, b"no", status_code=None, error="timeout")
    shown = caller.get(f"{DELIVERIES}/{show('dlv', sent.id)}").data
    assert (shown["status"], shown["attempts"], shown["lastStatusCode"]) == ("pending", 2, 500)
    assert [(one["number"], one["statusCode"], one["error"]) for one in shown["attemptLog"]] == [
        (1, None, "timeout"),
        (2, 500, "status"),
    ]
    assert (shown["attemptLog"][1]["response"], shown["attemptLog"][1]["durationMs"]) == ("again \ufffdé", 34)
    assert (shown["request"]["method"], shown["request"]["url"]) == ("POST", URL)
    body = json.loads(shown["request"]["body"])
    assert body["id"] == shown["eventId"] == shown["request"]["headers"]["webhook-id"]
    assert (body["event"], body["teamId"]) == ("alert.created", str(bank.teams["us"].id))
    assert "ignature" not in json.dumps(shown["request"]["headers"])


def test_a_response_is_sealed_at_rest(bank: Bank, caller: Caller, endpoint: str) -> None:
    sent = delivery(bank, "us", endpoint)
    stored = attempt(bank, "us", sent, 1, b"customer Budi is unknown here")
    assert b"Budi" not in bytes(stored.sealed_response)
    assert "Budi" in caller.get(f"{DELIVERIES}/{show('dlv', sent.id)}").data["attemptLog"][0]["response"]


def test_deliveries_are_filtered_and_listed_the_newest_first(
    bank: Bank, caller: Caller, endpoint: str
) -> None:
    other = new_endpoint(caller)["id"]
    made = [
        delivery(bank, "us", endpoint, "case.created", state="pending"),
        delivery(bank, "us", endpoint, state="done"),
        delivery(bank, "us", endpoint, state="last_wait"),
        delivery(bank, "us", other, state="leased"),
        delivery(bank, "us", other, state="dead"),
    ]
    shown = [show("dlv", one.id) for one in made]
    get = caller.get
    assert ids(get(DELIVERIES)) == shown[::-1]
    assert ids(get(f"{DELIVERIES}?endpointId={endpoint}")) == shown[2::-1]
    assert ids(get(f"{ENDPOINTS}/{other}/deliveries")) == shown[:2:-1]
    assert ids(get(f"{DELIVERIES}?event=case.created")) == shown[:1]
    assert ids(get(f"{DELIVERIES}?eventId={show('evt', made[1].event_id)}")) == [shown[1]]
    for status, expected in (
        ("pending", [shown[2], shown[0]]),
        ("delivered", [shown[1]]),
        ("sending", [shown[3]]),
        ("dead", [shown[4]]),
    ):
        found = get(f"{DELIVERIES}?status={status}")
        assert ids(found) == expected
        assert {one["status"] for one in found.data} == {status}
    assert ids(get(f"{DELIVERIES}?from=2100-01-01")) == []
    assert ids(get(f"{DELIVERIES}?to=2100-01-01")) == shown[::-1]
    first = get(f"{DELIVERIES}?limit=2")
    assert ids(get(f"{DELIVERIES}?limit=3&cursor={first.body['nextCursor']}")) == shown[2::-1]
    for wrong in ("status=done", "event=alert.renamed", "from=then", "subject=x", "limit=0"):
        assert get(f"{DELIVERIES}?{wrong}").status == 400
    for nothing in ("endpointId=x", f"endpointId={show('whe', new_id())}", "eventId=evt_!"):
        assert ids(get(f"{DELIVERIES}?{nothing}")) == []


def test_a_retry_by_hand_is_the_same_delivery_at_once(bank: Bank, caller: Caller, endpoint: str) -> None:
    later = datetime.now(UTC) + timedelta(hours=1)
    for state in ("pending", "last_wait"):
        waiting = delivery(bank, "us", endpoint, state=state, next_attempt_at=later, attempts_spent=3)
        answer = caller.post(f"{DELIVERIES}/{show('dlv', waiting.id)}/retry")
        assert (answer.status, answer.data["id"]) == (202, show("dlv", waiting.id))
        assert datetime.fromisoformat(answer.data["nextAttemptAt"]) < later - timedelta(minutes=50)
        with bank.seeing("us"):
            row = Delivery.objects.get(id=waiting.id)
        assert (row.event_id, row.resumes_at, row.attempts_spent) == (waiting.event_id, later, 3)
    assert last_entry(bank).action == "webhook_delivery.retried"


def test_a_delivery_that_is_being_sent_is_not_retried(bank: Bank, caller: Caller, endpoint: str) -> None:
    leased = delivery(bank, "us", endpoint, state="leased")
    refused = caller.post(f"{DELIVERIES}/{show('dlv', leased.id)}/retry")
    assert (refused.status, refused.error["code"]) == (409, "attempt_under_way")


def test_dead_letters_are_filtered_and_listed_the_newest_first(
    bank: Bank, caller: Caller, endpoint: str
) -> None:
    other = new_endpoint(caller)["id"]
    made = [
        dead_letter(bank, "us", endpoint, "case.created"),
        dead_letter(bank, "us", endpoint),
        dead_letter(bank, "us", other),
    ]
    shown = [show("ded", one.id) for one in made]
    listed = caller.get(DEAD_LETTERS)
    assert ids(listed) == shown[::-1]
    assert (listed.data[0]["attempts"], listed.data[0]["lastError"]) == (5, "timeout")
    kept = datetime.fromisoformat(listed.data[0]["keptUntil"]) - datetime.fromisoformat(
        listed.data[0]["diedAt"]
    )
    assert kept == timedelta(days=7)
    assert ids(caller.get(f"{DEAD_LETTERS}?endpointId={other}")) == [shown[2]]
    assert ids(caller.get(f"{DEAD_LETTERS}?event=case.created")) == [shown[0]]
    assert ids(caller.get(f"{DEAD_LETTERS}?from=2100-01-01")) == []
    caller.post(f"{DEAD_LETTERS}/{shown[1]}/replay")
    assert ids(caller.get(f"{DEAD_LETTERS}?status=open")) == [shown[2], shown[0]]
    assert ids(caller.get(f"{DEAD_LETTERS}?status=replayed")) == [shown[1]]
    first = caller.get(f"{DEAD_LETTERS}?limit=2")
    assert ids(caller.get(f"{DEAD_LETTERS}?limit=2&cursor={first.body['nextCursor']}")) == [shown[0]]


def test_one_dead_letter_is_replayed_once(bank: Bank, caller: Caller, endpoint: str) -> None:
    letter, other = dead_letter(bank, "us", endpoint), dead_letter(bank, "us", endpoint)
    path = f"{DEAD_LETTERS}/{show('ded', letter.id)}/replay"
    answer = caller.post(path)
    assert (answer.status, answer.data) == (202, {"replayed": 1, "hasMore": False})
    assert state_of(bank, "us", letter.delivery_id) == "pending"
    assert state_of(bank, "us", other.delivery_id) == "dead"
    with bank.seeing("us"):
        row = Delivery.objects.get(id=letter.delivery_id)
        assert (row.event_id, row.attempts_spent, row.attempts_made) == (letter.event_id, 0, 5)
    entry = last_entry(bank)
    assert (entry.action, entry.after["count"]) == ("webhook_delivery.replayed", 1)
    assert caller.post(path).status == 404


def test_dead_letters_are_replayed_by_filter_since_a_time_and_all_of_an_endpoint(
    bank: Bank, caller: Caller, endpoint: str
) -> None:
    now = datetime.now(UTC)
    other = new_endpoint(caller)["id"]
    old = dead_letter(bank, "us", endpoint, died_at=now - timedelta(days=2))
    case = dead_letter(bank, "us", endpoint, "case.created", died_at=now - timedelta(days=2))
    new = dead_letter(bank, "us", endpoint)
    elsewhere = dead_letter(bank, "us", other)

    def dead() -> set[Any]:
        with bank.seeing("us"):
            return set(DeadLetter.objects.filter(replayed_at__isnull=True).values_list("id", flat=True))

    assert replay(caller, event="case.created").data["replayed"] == 1
    assert dead() == {old.id, new.id, elsewhere.id}
    assert replay(caller, subject=elsewhere.subject, since=now.isoformat()).data["replayed"] == 1
    assert dead() == {old.id, new.id}
    assert replay(caller, since=(now - timedelta(hours=1)).isoformat()).data["replayed"] == 1
    assert dead() == {old.id}
    assert replay(caller, until=(now - timedelta(days=3)).isoformat()).data["replayed"] == 0
    assert replay(caller, endpointId=endpoint).data == {"replayed": 1, "hasMore": False}
    assert dead() == set()
    assert replay(caller, endpointId=endpoint).data["replayed"] == 0
    assert {state_of(bank, "us", one.delivery_id) for one in (old, case, new, elsewhere)} == {"pending"}


def test_what_was_delivered_is_sent_again_only_where_it_is_asked_for(
    bank: Bank, caller: Caller, endpoint: str
) -> None:
    lost = delivery(bank, "us", endpoint)
    assert replay(caller, endpointId=endpoint).data["replayed"] == 0
    assert replay(caller, endpointId=endpoint, withDelivered=True).data["replayed"] == 1
    assert state_of(bank, "us", lost.id) == "pending"


@pytest.mark.parametrize(
    ("wanted", "path"),
    [
        ({}, ""),
        ({"withDelivered": True}, ""),
        ({"endpointId": None}, ""),
        ({"endpointId": "whe_x"}, "endpointId"),
        ({"endpointId": 7}, "endpointId"),
        ({"event": "alert.renamed"}, "event"),
        ({"event": []}, "event"),
        ({"subject": ""}, "subject"),
        ({"subject": "s" * 65}, "subject"),
        ({"subject": "a\x00"}, "subject"),
        ({"since": "yesterday"}, "since"),
        ({"since": "2026-11-21T00:00:00"}, "since"),
        ({"until": 7}, "until"),
        ({"event": "case.created", "withDelivered": "yes"}, "withDelivered"),
        ({"everything": True, "event": "case.created"}, "everything"),
    ],
)
def test_a_replay_of_everything_or_nothing_is_refused(
    caller: Caller, wanted: dict[str, Any], path: str
) -> None:
    answer = replay(caller, **wanted)
    assert answer.status == 400
    assert path in [problem["path"] for problem in answer.error["errors"]]


# -- What tells of a report exists only for who may see reports


def test_deliveries_and_dead_letters_of_reports_do_not_exist_for_who_may_not_see_them(
    bank: Bank, caller: Caller, integrator: Caller
) -> None:
    endpoint = new_endpoint(caller, events=["sar.drafted", "alert.created"], confidential=True)["id"]
    secret, plain = delivery(bank, "us", endpoint, "sar.drafted"), delivery(bank, "us", endpoint)
    letter, open_letter = dead_letter(bank, "us", endpoint, "sar.drafted"), dead_letter(bank, "us", endpoint)
    unknown = f"{DELIVERIES}/{show('dlv', new_id())}"
    hidden = f"{DELIVERIES}/{show('dlv', secret.id)}"
    for caller_sees, one in ((True, caller), (False, integrator)):
        for path in (DELIVERIES, f"{ENDPOINTS}/{endpoint}/deliveries", f"{DELIVERIES}?event=sar.drafted"):
            assert (show("dlv", secret.id) in ids(one.get(path))) is caller_sees
        assert (show("ded", letter.id) in ids(one.get(DEAD_LETTERS))) is caller_sees
        assert one.get(hidden).status == (200 if caller_sees else 404)
    assert show("dlv", plain.id) in ids(integrator.get(DELIVERIES))
    for method, suffix in (("GET", ""), ("POST", "/retry")):
        refused, nothing = integrator.call(method, hidden + suffix), integrator.call(method, unknown + suffix)
        assert refused.status == nothing.status == 404
        assert {**refused.error, "requestId": ""} == {**nothing.error, "requestId": ""}
    assert integrator.post(f"{DEAD_LETTERS}/{show('ded', letter.id)}/replay").status == 404
    assert replay(integrator, event="sar.drafted").data == {"replayed": 0, "hasMore": False}
    assert replay(integrator, endpointId=endpoint, withDelivered=True).data["replayed"] == 2
    assert state_of(bank, "us", secret.id) == "done"
    assert state_of(bank, "us", letter.delivery_id) == "dead"
    assert state_of(bank, "us", open_letter.delivery_id) == "pending"
    assert replay(caller, endpointId=endpoint).data["replayed"] == 1
