"""`manage.py receive_webhooks`: a real process that verifies, prints, and fails as often as it is told."""

import json
import os
import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.server import PROJECT
from webhooks.receiver import LARGEST_BODY_BYTES, Manner, server
from webhooks.signing import new_secret, signed_headers

SECRET, OTHER = new_secret(), new_secret()
BODY = json.dumps({"id": "evt_1", "event": "case.resolved", "data": {"caseId": "cas_1"}}).encode()
COMMAND = [sys.executable, "manage.py", "receive_webhooks", "--port", "0"]


def post(url: str, *, body: bytes = BODY, secrets: tuple[str, ...] = (SECRET,), **changed: str) -> int:
    headers = signed_headers(
        event="case.resolved",
        event_id="evt_1",
        delivery_id="dlv_1",
        attempt=2,
        body=BODY,
        secrets=secrets,
        now=datetime.now(UTC),
    )
    request = urllib.request.Request(url, body, {**headers, **changed}, method="POST")  # noqa: S310 - our own
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - our own
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        return refused.code


@contextmanager
def command(*options: str, **more: Any) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The running command and the address that it says it listens on."""
    with subprocess.Popen(
        [*COMMAND, *options],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.PIPE,
        text=True,
        **more,
    ) as process:
        try:
            assert process.stdin is not None
            assert process.stderr is not None
            if "-" in options:
                process.stdin.write(f"{SECRET}\n{OTHER}\n")
            process.stdin.close()
            said = process.stderr.readline()
            assert said.startswith("Listening on http://127.0.0.1:"), said + process.stderr.read()
            yield said.split()[2].rstrip(";"), process
        finally:
            process.kill()


def printed(process: subprocess.Popen[str]) -> dict[str, Any]:
    assert process.stdout is not None
    return json.loads(process.stdout.readline())


def test_a_genuine_delivery_is_printed_and_accepted() -> None:
    with command("--secret", SECRET) as (url, process):
        assert post(url) == 204
        line = printed(process)
        assert (line["event"], line["id"], line["delivery"], line["attempt"]) == (
            "case.resolved",
            "evt_1",
            "dlv_1",
            "2",
        )
        assert (line["genuine"], line["answered"], line["body"]) == (True, 204, json.loads(BODY))


def test_what_is_not_genuine_is_printed_with_what_is_wrong_and_refused() -> None:
    with command("--secret", SECRET) as (url, process):
        for sent in ({"secrets": (OTHER,)}, {"body": BODY + b" "}, {"webhook-timestamp": "1"}):
            assert post(url, **sent) == 401
            line = printed(process)
            assert (line["genuine"], line["answered"]) == (False, 401)
            assert "webhook-" in line["problem"]
            assert SECRET not in json.dumps(line)


def test_secrets_come_from_a_file_or_from_standard_input(tmp_path: Path) -> None:
    file = tmp_path / "secrets"
    file.write_text(f"{OTHER}\n\n{SECRET}\n")
    for name in (str(file), "-"):
        with command("--secret-file", name) as (url, _):
            assert post(url) == post(url, secrets=(OTHER,)) == 204
            assert post(url, secrets=(new_secret(),)) == 401


def test_a_polite_kill_ends_it_without_an_error() -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        with command("--secret", SECRET) as (url, process):
            assert post(url) == 204
            process.send_signal(number)
            assert process.wait(60) == 0


@pytest.mark.parametrize(
    "options",
    [
        [],
        ["--secret", "whsec_short"],
        ["--secret-file", "/there/is/no/such/file"],
        ["--secret", SECRET, "--fail-share", "2"],
        ["--secret", SECRET, "--delay-seconds", "long"],
        ["--secret", SECRET, "--port", "70000"],
    ],
    ids=["no secret", "not a secret", "no file", "share", "delay", "port"],
)
def test_what_cannot_be_done_is_said_without_a_traceback(options: list[str]) -> None:
    done = subprocess.run([*COMMAND, *options], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    assert SECRET not in done.stderr


@contextmanager
def receiving(**manner: Any) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The same receiver in this process, with what it has said."""
    said: list[dict[str, Any]] = []
    listening = server(("127.0.0.1", 0), Manner([SECRET], **manner), said.append)
    thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listening.server_address[1]}/", said
    listening.shutdown()
    listening.server_close()


def test_a_share_of_calls_fails_and_the_same_ones_with_the_same_seed() -> None:
    answers = []
    for _ in range(2):
        with receiving(fail_share=0.3, seed=7) as (url, said):
            answers.append([post(url) for _ in range(60)])
            assert [one["answered"] for one in said] == answers[-1]
    assert answers[0] == answers[1]
    assert set(answers[0]) == {204, 500}
    assert 8 <= answers[0].count(500) <= 30
    with receiving(fail_share=1.0) as (url, _):
        assert {post(url) for _ in range(5)} == {500}


def test_what_is_not_genuine_is_never_a_failure_on_purpose() -> None:
    with receiving(fail_share=1.0) as (url, _):
        assert post(url, secrets=(OTHER,)) == 401


def test_an_answer_waits_as_long_as_it_is_told() -> None:
    begun = datetime.now(UTC)
    with receiving(delay_seconds=0.3) as (url, _):
        assert post(url) == 204
    assert (datetime.now(UTC) - begun).total_seconds() >= 0.3


def test_a_body_without_a_length_or_with_too_large_a_one_is_refused_unread() -> None:
    with receiving() as (url, said):
        for length in (str(LARGEST_BODY_BYTES + 1), "-1", "many"):
            assert post(url, **{"Content-Length": length}) == 413
        assert said == []
        assert post(url) == 204


def test_a_body_that_is_not_json_is_said_as_such() -> None:
    with receiving() as (url, said):
        assert post(url, body=b"\xff not json") == 401
        assert (said[0]["body"], said[0]["genuine"]) == (None, False)


def test_it_needs_neither_a_database_nor_the_settings_of_one(tmp_path: Path) -> None:
    """A newcomer runs it beside an instance that is busy or broken."""
    nowhere = "postgresql://nobody@127.0.0.1:1/none"
    environment = {**os.environ, "DATABASE_URL": nowhere, "DATABASE_OWNER_URL": nowhere}
    with command("--secret", SECRET, env=environment) as (url, _):
        assert post(url) == 204
