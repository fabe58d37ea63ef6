"""`/api/webhook-endpoints`: making one, its secret, who may change what, and what the audit trail keeps of it."""

import json
from datetime import datetime
from typing import Any

import pytest

from ratel.identifiers import read
from teams.models import AuditEntry
from teams.roles import SCOPES
from tests.cast import Bank, Caller, make_bank
from tests.webhooks.stored import DELIVERIES, ENDPOINTS, URL, new_endpoint
from webhooks.events import NAMES
from webhooks.models import Delivery, Endpoint
from webhooks.signing import secret_bytes


@pytest.fixture(scope="module")
def bank() -> Bank:
    return make_bank("Acme Bank", "us", "id", people=True)


@pytest.fixture
def caller(bank: Bank) -> Caller:
    return bank.callers["us"]


@pytest.fixture(scope="module")
def integrator(bank: Bank) -> Caller:
    """A key that is given to who builds the receiver: webhooks and nothing else."""
    return bank.new_key("us", scopes=["webhooks"])


def entries(bank: Bank, endpoint_id: str) -> list[AuditEntry]:
    with bank.seeing("us"):
        return list(AuditEntry.objects.filter(subject_id=endpoint_id).order_by("id"))


def problems(answer: Any) -> list[str]:
    assert answer.status == 400, answer.body
    return [problem["path"] for problem in answer.error["errors"]]


def test_a_new_endpoint_shows_its_secret_once_and_never_again(bank: Bank, caller: Caller) -> None:
    answer = caller.post(ENDPOINTS, {"url": URL, "events": ["case.resolved", "alert.created"]})
    assert answer.status == 201
    secret = answer.data["secret"]
    assert len(secret_bytes(secret)) == 32
    shown = caller.get(f"{ENDPOINTS}/{answer.data['id']}").data
    assert {**shown, "secret": secret} == answer.data
    assert shown["events"] == ["alert.created", "case.resolved"]
    assert (shown["schedule"], shown["status"], shown["confidential"]) == ("standard", "active", False)
    assert (shown["ratePerSecond"], shown["concurrencyLimit"], shown["pauseReason"]) == (None, 16, None)
    assert shown["health"] == {"breaker": "closed", "failingSince": None, "lastSuccessAt": None}
    assert secret not in json.dumps(caller.get(ENDPOINTS).body)


def test_the_secret_is_sealed_at_rest_and_in_no_audit_entry(bank: Bank, caller: Caller) -> None:
    made = new_endpoint(caller)
    rotated = caller.post(f"{ENDPOINTS}/{made['id']}/rotate").data
    with bank.seeing("us"):
        rows = list(Endpoint.objects.values())
        trail = list(AuditEntry.objects.values())
    for secret in (made["secret"], rotated["secret"]):
        assert secret.encode() not in b"".join(bytes(row["sealed_secret"]) for row in rows)
        for spelling in (secret, secret.removeprefix("whsec_")):
            assert spelling not in json.dumps([rows, trail], default=str)
        assert secret_bytes(secret) not in b"".join(bytes(row["sealed_secret"]) for row in rows)


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"url": "http://10.0.0.1/"}, "url"),
        ({"url": "http://169.254.169.254/latest/meta-data/"}, "url"),
        ({"url": "ftp://127.0.0.1/"}, "url"),
        ({"url": "https://user:password@bank.example/"}, "url"),
        ({"url": ""}, "url"),
        ({"url": 7}, "url"),
        ({"url": None}, "url"),
        ({"url": "https://bank.example/" + "a" * 2048}, "url"),
        ({"events": "alert.created"}, "events"),
        ({"events": ["alert.created"] * 21}, "events"),
        ({"events": ["alert.renamed"]}, "events[0]"),
        ({"events": ["alert.created", 7]}, "events[1]"),
        ({"events": ["alert.created", "alert.created"]}, "events[1]"),
        ({"schedule": "hourly"}, "schedule"),
        ({"schedule": []}, "schedule"),
        ({"ratePerSecond": 0}, "ratePerSecond"),
        ({"ratePerSecond": 1001}, "ratePerSecond"),
        ({"ratePerSecond": True}, "ratePerSecond"),
        ({"ratePerSecond": 1.5}, "ratePerSecond"),
        ({"concurrencyLimit": None}, "concurrencyLimit"),
        ({"concurrencyLimit": 101}, "concurrencyLimit"),
        ({"confidential": "yes"}, "confidential"),
        ({"description": "d" * 201}, "description"),
        ({"description": "a\x00b"}, "description"),
        ({"secret": "whsec_mine"}, "secret"),
        ({"status": "paused"}, "status"),
    ],
)
def test_what_is_wrong_with_an_endpoint_is_named_also_when_it_is_changed(
    caller: Caller, fields: dict[str, Any], path: str
) -> None:
    made = new_endpoint(caller)
    assert path in problems(caller.post(ENDPOINTS, {"url": URL, "events": [], **fields}))
    assert path in problems(caller.patch(f"{ENDPOINTS}/{made['id']}", fields))
    assert caller.get(f"{ENDPOINTS}/{made['id']}").data["url"] == URL


def test_url_and_events_are_needed(caller: Caller) -> None:
    assert problems(caller.post(ENDPOINTS, {})) == ["url", "events"]
    assert problems(caller.post(ENDPOINTS, {"url": URL})) == ["events"]
    assert caller.post(ENDPOINTS, []).status == 400


def test_an_endpoint_may_take_any_subset_of_the_events(caller: Caller) -> None:
    for events in ([], list(NAMES), ["sar.drafted"]):
        assert new_endpoint(caller, events=events)["events"] == sorted(events)


def test_a_change_is_kept_and_written_down_with_what_was_before(bank: Bank, caller: Caller) -> None:
    made = new_endpoint(caller)
    path = f"{ENDPOINTS}/{made['id']}"
    change = {"events": ["case.closed"], "schedule": "extended", "ratePerSecond": 5, "description": "core"}
    data = caller.patch(path, change).data
    assert {name: data[name] for name in change} == change
    assert caller.get(path).data == data
    assert caller.patch(path, {"ratePerSecond": None}).data["ratePerSecond"] is None
    created, first, second = entries(bank, made["id"])
    assert [created.action, first.action] == ["webhook_endpoint.created", "webhook_endpoint.updated"]
    assert (first.before["events"], first.after["events"]) == (["alert.created"], ["case.closed"])
    assert (second.before, second.after) == ({"ratePerSecond": 5}, {"ratePerSecond": None})


def test_a_change_that_changes_nothing_is_not_written_down(bank: Bank, caller: Caller) -> None:
    made = new_endpoint(caller)
    assert caller.patch(f"{ENDPOINTS}/{made['id']}", {"url": URL}).status == 200
    assert caller.patch(f"{ENDPOINTS}/{made['id']}", {}).status == 200
    assert [entry.action for entry in entries(bank, made["id"])] == ["webhook_endpoint.created"]


def test_a_rotated_secret_overlaps_with_the_one_before_it(caller: Caller) -> None:
    made = new_endpoint(caller)
    path = f"{ENDPOINTS}/{made['id']}"
    rotated = caller.post(f"{path}/rotate", {"overlapSeconds": 3600})
    assert rotated.status == 200
    assert rotated.data["secret"] != made["secret"]
    until = datetime.fromisoformat(rotated.data["previousSecretUntil"])
    assert 3590 < (until - datetime.fromisoformat(rotated.data["updatedAt"])).total_seconds() <= 3600
    assert caller.post(f"{path}/rotate").data["previousSecretUntil"] is not None
    assert caller.post(f"{path}/rotate", {"overlapSeconds": 0}).data["previousSecretUntil"] is None
    for overlap in (-1, 604_801, "a day", True, None):
        assert problems(caller.post(f"{path}/rotate", {"overlapSeconds": overlap})) == ["overlapSeconds"]


def test_pausing_and_resuming_are_safe_to_repeat_and_written_down_once(bank: Bank, caller: Caller) -> None:
    made = new_endpoint(caller)
    path = f"{ENDPOINTS}/{made['id']}"
    for _ in range(2):
        data = caller.post(f"{path}/pause").data
        assert (data["status"], data["pauseReason"]) == ("paused", "by_hand")
        assert data["pausedAt"] is not None
    assert made["id"] in [one["id"] for one in caller.get(f"{ENDPOINTS}?status=paused").data]
    for _ in range(2):
        assert caller.post(f"{path}/resume").data["status"] == "active"
    assert [entry.action for entry in entries(bank, made["id"])] == [
        "webhook_endpoint.created",
        "webhook_endpoint.paused",
        "webhook_endpoint.resumed",
    ]


def test_a_test_event_goes_to_this_endpoint_alone_whatever_it_takes(bank: Bank, caller: Caller) -> None:
    made, other = new_endpoint(caller, events=[]), new_endpoint(caller, events=["webhook.test"])
    answer = caller.post(f"{ENDPOINTS}/{made['id']}/test")
    assert answer.status == 202
    assert (answer.data["event"], answer.data["status"]) == ("webhook.test", "pending")
    whole = caller.get(f"{DELIVERIES}/{answer.data['id']}").data
    body = json.loads(whole["request"]["body"])
    assert (body["event"], body["data"]["endpointId"]) == ("webhook.test", made["id"])
    assert body["id"] == answer.data["eventId"]
    assert caller.get(f"{ENDPOINTS}/{other['id']}/deliveries").data == []
    caller.post(f"{ENDPOINTS}/{made['id']}/pause")
    paused = caller.post(f"{ENDPOINTS}/{made['id']}/test")
    assert (paused.status, paused.error["code"]) == (409, "endpoint_paused")


def test_a_deleted_endpoint_is_gone_with_its_deliveries(bank: Bank, caller: Caller) -> None:
    made = new_endpoint(caller)
    delivery = caller.post(f"{ENDPOINTS}/{made['id']}/test").data
    path = f"{ENDPOINTS}/{made['id']}"
    answer = caller.call("DELETE", path)
    assert (answer.status, answer.data) == (200, {"id": made["id"]})
    assert caller.call("DELETE", path).status == 404
    assert caller.get(path).status == 404
    assert caller.get(f"{DELIVERIES}/{delivery['id']}").status == 404
    assert made["id"] not in [one["id"] for one in caller.get(f"{ENDPOINTS}?limit=200").data]
    for step in ("rotate", "pause", "resume", "test"):
        assert caller.post(f"{path}/{step}").status == 404
    assert entries(bank, made["id"])[-1].action == "webhook_endpoint.deleted"


def test_a_team_has_at_most_a_hundred_endpoints() -> None:
    bank = make_bank("Many", "us")
    made = [new_endpoint(bank.callers["us"])["id"] for _ in range(100)]
    refused = bank.callers["us"].post(ENDPOINTS, {"url": URL, "events": []})
    assert (refused.status, refused.error["code"]) == (409, "too_many_endpoints")
    assert bank.callers["us"].call("DELETE", f"{ENDPOINTS}/{made[0]}").status == 200
    new_endpoint(bank.callers["us"])


def test_endpoints_are_listed_the_newest_first_in_pages() -> None:
    bank = make_bank("Pages", "us")
    caller = bank.callers["us"]
    made = [new_endpoint(caller)["id"] for _ in range(5)]
    first = caller.get(f"{ENDPOINTS}?limit=3")
    assert [one["id"] for one in first.data] == made[:1:-1]
    second = caller.get(f"{ENDPOINTS}?limit=3&cursor={first.body['nextCursor']}")
    assert ([one["id"] for one in second.data], second.body["nextCursor"]) == (made[1::-1], None)
    assert caller.get(f"{ENDPOINTS}?colour=red").status == 400


def test_without_the_scope_nothing_is_shown_or_changed(bank: Bank, caller: Caller) -> None:
    made = new_endpoint(caller)
    others = bank.new_key(
        "us", scopes=[scope for scope in SCOPES if scope not in {"webhooks", "reports.read"}]
    )
    path = f"{ENDPOINTS}/{made['id']}"
    assert {others.get(one).status for one in (ENDPOINTS, path, f"{path}/deliveries", DELIVERIES)} == {403}
    assert others.post(ENDPOINTS, {"url": URL, "events": []}).status == 403
    assert others.patch(path, {"events": []}).status == 403
    assert others.call("DELETE", path).status == 403
    for step in ("rotate", "pause", "resume", "test", "confidential"):
        assert others.post(f"{path}/{step}").status == 403
    for address in ("/api/dead-letters", "/api/dead-letters/replay"):
        assert others.call("GET" if address.endswith("letters") else "POST", address).status == 403


# -- What tells of a report


def test_only_an_officer_or_a_key_with_sight_of_reports_marks_an_endpoint(
    bank: Bank, caller: Caller, integrator: Caller
) -> None:
    made = new_endpoint(integrator, events=["sar.drafted"])
    path = f"{ENDPOINTS}/{made['id']}"
    mark = {"confidential": True}
    assert integrator.post(ENDPOINTS, {"url": URL, "events": [], **mark}).status == 403
    assert integrator.patch(path, mark).status == 403
    refused = [
        integrator,
        *(bank.session(role, "us") for role in ("analyst", "auditor", "admin", "developer")),
    ]
    assert {one.post(f"{path}/confidential", mark).status for one in refused} == {403}
    assert caller.get(path).data["confidential"] is False
    officer = bank.session("officer", "us")
    assert officer.get(path).data["id"] == made["id"]
    assert made["id"] in [one["id"] for one in officer.get(f"{ENDPOINTS}?limit=200").data]
    assert officer.post(f"{path}/confidential", mark).data["confidential"] is True
    with bank.seeing("us"):
        marked = Endpoint.objects.get(id=read("whe", made["id"]))
        assert marked.is_confidential
        assert marked.confidential_by_id == bank.people["officer"].id
    entry = entries(bank, made["id"])[-1]
    assert (entry.before, entry.after) == ({"isConfidential": False}, {"isConfidential": True})
    assert entry.actor_id == bank.people["officer"].id
    assert officer.post(f"{path}/confidential", {"confidential": False}).data["confidential"] is False
    assert new_endpoint(caller, events=["sar.drafted"], **mark)["confidential"] is True


def test_an_officer_may_do_nothing_else_to_endpoints(bank: Bank, caller: Caller) -> None:
    made = new_endpoint(caller)
    officer, path = bank.session("officer", "us"), f"{ENDPOINTS}/{made['id']}"
    assert officer.post(ENDPOINTS, {"url": URL, "events": []}).status == 403
    assert officer.patch(path, {"events": []}).status == 403
    for step in ("rotate", "pause", "resume", "test"):
        assert officer.post(f"{path}/{step}").status == 403


@pytest.mark.parametrize("body", [{}, {"confidential": None}, {"confidential": 1}])
def test_a_mark_is_yes_or_no(bank: Bank, caller: Caller, body: dict[str, Any]) -> None:
    made = new_endpoint(caller)
    assert problems(caller.post(f"{ENDPOINTS}/{made['id']}/confidential", body)) == ["confidential"]


def test_a_confidential_endpoint_is_neither_moved_nor_given_another_secret_without_sight_of_reports(
    caller: Caller, integrator: Caller
) -> None:
    made = new_endpoint(caller, events=["sar.drafted"], confidential=True)
    path = f"{ENDPOINTS}/{made['id']}"
    assert integrator.patch(path, {"url": "http://127.0.0.1:9/elsewhere"}).status == 403
    assert integrator.patch(path, {"confidential": False}).status == 403
    assert integrator.post(f"{path}/rotate").status == 403
    assert caller.get(path).data["url"] == URL
    assert integrator.patch(path, {"description": "core"}).status == 200
    assert caller.patch(path, {"url": "http://127.0.0.1:9/elsewhere"}).status == 200


def test_how_a_confidential_endpoint_fares_tells_nobody_that_there_was_something_to_tell(
    caller: Caller, integrator: Caller
) -> None:
    made = new_endpoint(caller, events=["sar.drafted"], confidential=True)
    path = f"{ENDPOINTS}/{made['id']}"
    assert integrator.get(path).data["health"] is None
    assert caller.get(path).data["health"]["breaker"] == "closed"


def test_an_unmarked_endpoint_loses_what_it_has_not_been_told_yet(bank: Bank, caller: Caller) -> None:
    from tests.webhooks.stored import delivery, state_of

    made = new_endpoint(caller, events=["sar.drafted"], confidential=True)
    waiting = delivery(bank, "us", made["id"], "sar.drafted", state="pending")
    ordinary = delivery(bank, "us", made["id"], state="pending")
    assert caller.patch(f"{ENDPOINTS}/{made['id']}", {"confidential": False}).status == 200
    with bank.seeing("us"):
        assert not Delivery.objects.filter(id=waiting.id).exists()
    assert state_of(bank, "us", ordinary.id) == "pending"
