"""What the breakers of all processes of a host say, as /readyz and the dashboard show it."""

import json
import os
from pathlib import Path

import pytest
from django.conf import settings

from ratel import breaker_board
from ratel.breakers import GUARDS, REDIS
from tests.cast import Caller

CLOSED = {
    "name_index": "closed",
    "decision_engine": "closed",
    "behavioral_store": "closed",
    "redis": "closed",
}


@pytest.fixture(autouse=True)
def empty_board() -> None:
    for path in folder().glob("*.json"):
        path.unlink()


def folder() -> Path:
    return settings.RATEL_STATE_DIRECTORY / "breakers"


def open_one() -> None:
    for _ in range(10):
        GUARDS.named(REDIS).failed()


def test_nothing_has_happened_and_everything_is_closed() -> None:
    assert breaker_board.phases_on_this_host() == CLOSED


def test_a_breaker_that_opens_is_shown_by_readiness_which_stays_what_it_is() -> None:
    before = Caller().get("/readyz")
    open_one()
    after = Caller().get("/readyz")
    assert after.body["breakers"] == {**CLOSED, "redis": "open"}
    assert (after.status, after.body["checks"]) == (before.status, before.body["checks"])


def test_the_worst_that_any_process_says_is_shown(tmp_path: Path) -> None:
    open_one()
    other = folder() / f"{os.getppid()}.json"
    other.write_text(json.dumps({**CLOSED, "name_index": "half_open"}))
    assert breaker_board.phases_on_this_host() == {**CLOSED, "redis": "open", "name_index": "half_open"}
    (seen,) = [seen for seen in breaker_board.on_this_host() if seen.name == "redis"]
    assert seen.processes == {"open": 1, "closed": 1}


def test_a_process_that_is_gone_says_nothing_any_more() -> None:
    folder().mkdir(exist_ok=True)
    gone = folder() / "4194304999.json"
    gone.write_text(json.dumps({**CLOSED, "redis": "open"}))
    assert breaker_board.phases_on_this_host() == CLOSED
    assert not gone.exists()


def test_a_file_that_cannot_be_read_disturbs_nothing() -> None:
    folder().mkdir(exist_ok=True)
    (folder() / f"{os.getppid()}.json").write_text('{"redis": ')
    assert breaker_board.phases_on_this_host() == CLOSED
