"""A time in a body may carry any offset that ISO 8601 knows, also one that the database does not: it is kept in UTC."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import pytest

from tests.cast import Answer
from tests.evaluate.lists import load_demo_list
from tests.fuzz.scene import Scene

FAR = timezone(timedelta(hours=23, minutes=27))
TOMORROW = datetime.now(UTC) + timedelta(days=1)
LONG_AGO = "0001-01-01T00:00:00+14:00"


@pytest.fixture(scope="module")
def scene() -> Scene:
    load_demo_list()
    return Scene()


def expiring_key(scene: Scene, text: str) -> Answer:
    return scene.key.post("/api/keys", {"name": text, "scopes": ["read"], "expiresAt": text})


def snoozed_alert(scene: Scene, text: str) -> Answer:
    body = {"until": text, "reason": "Documents come"}
    return scene.key.post(f"/api/alerts/{scene.loose_alert()}/snooze", body)


def resting_rule(scene: Scene, text: str) -> Answer:
    return scene.key.post(f"/api/rules/{scene.live_rule()}/bypass", {"until": text, "reason": "A sale"})


def expiring_decision(scene: Scene, text: str) -> Answer:
    body = {"customerId": scene.customer()["customerId"], "verdict": "confirmed", "reason": "Him"}
    return scene.key.post("/api/match-decisions", {**body, "entryId": "demo:demo-bout", "expiresAt": text})


WRITES: list[Callable[[Scene, str], Answer]] = [expiring_key, snoozed_alert, resting_rule, expiring_decision]


@pytest.mark.parametrize("write", WRITES)
def test_a_time_is_taken_with_any_offset(scene: Scene, write: Callable[[Scene, str], Answer]) -> None:
    for zone in (UTC, FAR, timezone(-timedelta(hours=23, minutes=59))):
        answer = write(scene, TOMORROW.astimezone(zone).isoformat())
        assert answer.status in {200, 201}, answer.body


@pytest.mark.parametrize("write", WRITES)
def test_a_time_that_utc_does_not_have_is_refused(
    scene: Scene, write: Callable[[Scene, str], Answer]
) -> None:
    assert write(scene, LONG_AGO).status == 400


def test_a_report_was_filed_at_a_time_with_any_offset(scene: Scene) -> None:
    path = f"/api/reports/{scene.report('submit', 'approve')['id']}/file"
    refused = scene.officer.post(path, {"reference": "R-1", "filedAt": "0001-01-01T00:00:00"})
    assert refused.status == 400
    yesterday = (TOMORROW - timedelta(days=2)).astimezone(FAR).isoformat()
    assert scene.officer.post(path, {"reference": "R-1", "filedAt": yesterday}).status == 200
