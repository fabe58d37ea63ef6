"""A crash before every single message between web and database: an evaluation is there with all of its events or not at
all, and whoever asks again gets one answer, the same each time.

The messages between the first insert and the answer are all of these: PostgreSQL learns of a decision, and the web
process of its commit, through nothing else. What comes after them is the answer itself, which is cut off too.
"""

import http.client
import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.cast import make_bank
from tests.crash_points.scene import CUT_OFF, Scene, crash_everywhere, prepared
from tests.evaluate.wire import SINGLE
from tests.faults.proxy import HOST, proxy_to
from tests.faults.services import SESSION_NAME
from tests.faults.units import SingleBytes

DIRECTIONS = ("to_server", "to_client")
# Fewer would mean that the test looks past the decision.
FEWEST_POINTS = 12


@pytest.fixture(scope="module")
def server_and_proxy(database_url: str, state_directory: Path) -> Iterator[Scene]:
    with prepared(database_url, state_directory / "crash_points.log") as scene:
        yield scene


@pytest.fixture
def scene(server_and_proxy: Scene) -> Scene:
    return server_and_proxy.with_bank(make_bank("Acme Bank", "us"))


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_the_network_breaks(scene: Scene, direction: str) -> None:
    assert len(crash_everywhere(scene, direction, how_many=1, action=None)) >= FEWEST_POINTS


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_the_network_breaks_before_anything_is_prepared(scene: Scene, direction: str) -> None:
    seen = crash_everywhere(scene, direction, how_many=1, action=None, is_cold=True)
    assert len(seen) >= FEWEST_POINTS


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_the_network_breaks_in_a_batch(scene: Scene, direction: str) -> None:
    assert len(crash_everywhere(scene, direction, how_many=2, action=None)) >= FEWEST_POINTS


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_the_web_process_is_killed(scene: Scene, direction: str) -> None:
    seen = crash_everywhere(scene, direction, how_many=1, action=scene.kill_web_process)
    assert len(seen) >= FEWEST_POINTS
    # Nothing that was killed has answered.
    assert set(seen) == {CUT_OFF}


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_the_database_ends_the_session(
    scene: Scene, direction: str, owner_connection: psycopg.Connection
) -> None:
    def end_session() -> None:
        owner_connection.execute(
            "SELECT pg_terminate_backend(pid, 2000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND application_name = %s",
            [SESSION_NAME],
        )

    assert len(crash_everywhere(scene, direction, how_many=1, action=end_session)) >= FEWEST_POINTS


def test_the_answer_itself_is_cut_off(scene: Scene) -> None:
    """Everything is stored by then; whoever asks again is told the same."""
    address = urlsplit(scene.base_url)
    for cut_after in (0, 1, 20, 200, 400):
        (document,) = scene.payments()
        with proxy_to((HOST, address.port or 0), SingleBytes) as before_web:
            before_web.stop_at("to_client", cut_after)
            connection = http.client.HTTPConnection(HOST, before_web.port, timeout=10)
            with pytest.raises((OSError, http.client.HTTPException)):
                connection.request(
                    "POST",
                    SINGLE,
                    json.dumps(document),
                    {"Content-Type": "application/json", "X-API-Key": scene.bank.callers["us"].key or ""},
                )
                connection.getresponse().read()
            connection.close()
        assert len(scene.answers.get(document["externalId"], [])) == 0
        scene.insist([document])
        scene.insist([document])
    assert scene.verdict().is_clean


def test_a_crash_that_nobody_noticed_would_be_found(scene: Scene) -> None:
    """The check is not blind: with one event gone, or one evaluation, it says so."""
    scene.insist(scene.payments())
    assert scene.verdict().is_clean
    scene.answers["point-that-never-was"] = [{"decision": "pass", "riskScore": 0, "hits": []}]
    faults = scene.verdict().faults
    scene.answers.pop("point-that-never-was")
    assert faults["acknowledged decisions lost"] == ["point-that-never-was"]
