"""What the log says of a failure: that it happened, where in the code, under which request id; nothing of the request."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.logs.failing import PERSON, SECRET

PROJECT = Path(__file__).resolve().parent.parent.parent


@dataclass
class Said:
    """What the process answered (status and request id by call) and what it logged."""

    answers: dict[str, tuple[int, str]]
    log: str

    def failures(self, call: str) -> list[dict[str, Any]]:
        lines = [json.loads(line) for line in self.log.splitlines()]
        return [
            line
            for line in lines
            if line["event"] == "request_failed" and line.get("request_id") == self.answers[call][1]
        ]


@pytest.fixture(scope="module")
def said() -> Said:
    ended = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "tests.logs.program"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    rows = [line.split("\t") for line in ended.stdout.splitlines()]
    return Said({name: (int(status), request_id) for name, status, request_id in rows}, ended.stderr)


@pytest.mark.parametrize("call", ["page", "page of an API's refusal", "API", "API function"])
def test_a_failure_is_logged_once_under_the_request_id_of_its_answer(said: Said, call: str) -> None:
    status, request_id = said.answers[call]
    assert status == 500
    assert request_id.startswith("req_")
    (line,) = said.failures(call)
    assert line["status"] == 500
    assert line["level"] == "error"


@pytest.mark.parametrize("call", ["page", "API", "API function"])
def test_a_failure_names_the_error_and_its_place_in_the_code(said: Said, call: str) -> None:
    (line,) = said.failures(call)
    assert line["error"] == "RuntimeError"
    assert "failing.py" in line["where"][-1]


@pytest.mark.parametrize(("call", "status"), [("page that is missing", 404), ("CSRF", 403)])
def test_a_refusal_is_not_a_failure(said: Said, call: str, status: int) -> None:
    assert said.answers[call][0] == status
    assert said.failures(call) == []


def test_neither_paths_nor_queries_nor_messages_are_in_the_log(said: Said) -> None:
    assert said.log.count('"call"') == len(said.answers)
    for word in (PERSON, SECRET, "Yolanda", "Traceback"):
        assert word not in said.log
