"""`/api/alerts`: the queue with its filters and pages, and one alert with why it was raised."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from cases.models import Alert
from teams.models import AuditEntry
from tests.cast import make_bank

ALERTS = "/api/alerts"


def suspicious(caller, **fields):
    """A payment that gives 35 + 10 = 45, review, in the id pack."""
    since = (datetime.now(UTC) - timedelta(days=10)).date().isoformat()
    answer = caller.evaluate(amountIdr=500_000_000, customerSince=since, kycTier="premium", **fields)
    assert answer.data["decision"] == "review", answer.body
    return answer.data["alertId"]


@pytest.fixture
def bank():
    return make_bank("Acme", "id")


@pytest.fixture
def caller(bank):
    return bank.callers["id"]


def ids(answer):
    assert answer.status == 200, answer.body
    return [alert["id"] for alert in answer.data]


def test_an_alert_says_who_what_and_why(caller):
    alert_id = suspicious(caller, customerId="cust-7")
    answer = caller.get(f"{ALERTS}/{alert_id}")
    assert answer.status == 200
    data = answer.data
    assert set(data) == {
        "id",
        "status",
        "severity",
        "riskScore",
        "customerId",
        "transactionId",
        "evaluationId",
        "screeningId",
        "trigger",
        "lane",
        "hits",
        "count",
        "caseId",
        "assignedToId",
        "snoozedUntil",
        "disposition",
        "dueAt",
        "createdAt",
        "version",
    }
    assert (data["id"], data["status"], data["severity"]) == (alert_id, "open", "medium")
    assert (data["riskScore"], data["customerId"], data["count"]) == (45, "cust-7", 1)
    assert (data["trigger"], data["lane"], data["caseId"], data["assignedToId"]) == (
        "rule_fire",
        "transaction",
        None,
        None,
    )
    assert data["transactionId"].startswith("txn_") and data["evaluationId"].startswith("evl_")
    large, new = data["hits"]
    assert (large["ruleCode"], large["scoreContribution"]) == ("HIGH_AMT_IDR", 35)
    assert large["explanation"].endswith("(+35 points)")
    assert large["compared"] and set(large["compared"][0]) == {"subject", "operator", "threshold", "seen"}
    assert new["ruleCode"] == "NEW_CUSTOMER"


def test_viewing_one_alert_is_audited_and_listing_is_not(bank, caller):
    alert_id = suspicious(caller)
    caller.get(ALERTS)
    caller.get(f"{ALERTS}/{alert_id}")
    with bank.seeing("id"):
        entries = list(AuditEntry.objects.filter(team_id=bank.teams["id"].id, action="alert.viewed"))
    assert [(entry.subject_kind, entry.subject_id, entry.actor_kind) for entry in entries] == [
        ("alert", alert_id, "key")
    ]


def test_alerts_are_listed_the_newest_first_and_no_page_shifts(caller):
    made = [suspicious(caller, customerId=f"c-{number}") for number in range(5)]
    first = caller.get(f"{ALERTS}?limit=2")
    assert ids(first) == made[:2:-1]
    suspicious(caller, customerId="later")
    second = caller.get(f"{ALERTS}?limit=2&cursor={first.body['nextCursor']}")
    assert ids(second) == [made[2], made[1]]
    third = caller.get(f"{ALERTS}?limit=2&cursor={second.body['nextCursor']}")
    assert (ids(third), third.body["nextCursor"]) == ([made[0]], None)


def test_a_full_last_page_has_no_next(caller):
    suspicious(caller)
    assert caller.get(f"{ALERTS}?limit=1").body["nextCursor"] is None


def test_an_empty_queue_is_an_empty_list(caller):
    assert caller.get(ALERTS).body == {"ok": True, "data": [], "nextCursor": None}


def test_alerts_are_filtered(bank, caller):
    first, second = suspicious(caller, customerId="a"), suspicious(caller, customerId="b")
    assert ids(caller.get(f"{ALERTS}?customerId=a")) == [first]
    assert ids(caller.get(f"{ALERTS}?customerId=nobody")) == []
    assert ids(caller.get(f"{ALERTS}?status=open&severity=medium")) == [second, first]
    assert ids(caller.get(f"{ALERTS}?status=resolved")) == []
    assert ids(caller.get(f"{ALERTS}?severity=critical")) == []


def test_alerts_are_filtered_by_the_time_they_were_created(bank, caller):
    old, new = suspicious(caller, customerId="a"), suspicious(caller, customerId="b")
    with bank.seeing("id"):
        oldest = Alert.objects.filter(team_id=bank.teams["id"].id).order_by("id")[0]
        oldest.created_at = datetime(2026, 1, 31, 23, 30, tzinfo=UTC)
        oldest.save(update_fields=["created_at"])
    assert ids(caller.get(f"{ALERTS}?to=2026-01-31")) == [old]
    assert ids(caller.get(f"{ALERTS}?from=2026-01-31&to=2026-02-01")) == [old]
    assert ids(caller.get(f"{ALERTS}?from=2026-02-01")) == [new]
    assert ids(caller.get(f"{ALERTS}?from=2026-01-31T23:30:00Z&to=2026-01-31T23:30:00Z")) == [old]
    assert ids(caller.get(f"{ALERTS}?to=2026-02-01T06:29:59%2B07:00")) == []
    assert ids(caller.get(f"{ALERTS}?to=2026-02-01T06:30:00+07:00")) == [old], "a plus that nobody escaped"


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ("status=new", "status"),
        ("severity=huge", "severity"),
        ("customerId=", "customerId"),
        ("customerId=a%00b", "customerId"),
        ("customerId=" + "x" * 129, "customerId"),
        ("from=yesterday", "from"),
        ("from=2026-01-31T09:30:00", "from"),
        ("to=0001-01-01T00:00:00%2B14:00", "to"),
        ("to=9999-12-31T23:59:59-14:00", "to"),
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=%D9%A1", "limit"),
        ("cursor=", "cursor"),
        ("cursor=alt_" + "0" * 26, "cursor"),
        ("cursor=cur_" + "Z" * 26, "cursor"),
        ("serverity=high", "serverity"),
    ],
)
def test_a_bad_filter_is_refused_by_path(caller, query, path):
    answer = caller.get(f"{ALERTS}?{query}")
    assert (answer.status, [problem["path"] for problem in answer.error["errors"]]) == (400, [path])


def test_what_cannot_be_seen_cannot_be_told_from_what_is_not_there(bank, caller):
    theirs = suspicious(make_bank("Rival", "id").callers["id"], customerId="theirs")
    bodies = []
    for unknown in (theirs, "alt_" + "0" * 26, "alt_" + "Z" * 26, "alt_x", "x", str(uuid.uuid4()), "%00"):
        answer = caller.get(f"{ALERTS}/{unknown}")
        assert answer.status == 404
        answer.error.pop("requestId")
        bodies.append(answer.body)
    assert all(body == bodies[0] for body in bodies)
    assert ids(caller.get(f"{ALERTS}?customerId=theirs")) == []


def test_another_team_of_the_same_bank_sees_nothing():
    bank = make_bank("Acme", "id", "us")
    alert_id = suspicious(bank.callers["id"])
    assert bank.callers["us"].get(f"{ALERTS}/{alert_id}").status == 404
    assert ids(bank.callers["us"].get(ALERTS)) == []


def test_reading_needs_a_key_with_the_right_to(bank):
    assert bank.new_key("id", scopes=["evaluate"]).get(ALERTS).status == 403
    caller = bank.callers["id"]
    assert type(caller)().get(ALERTS).status == 401


def test_head_answers_like_get_without_a_body(caller):
    assert caller.call("HEAD", ALERTS).status == 200
