"""Every call of the pages for integrators, pasted into a shell as it stands: it works, and answers what is shown."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from screening.batch_jobs.work import work
from teams.models import Membership
from teams.roles import Role
from tests.cast import PASSWORD, Bank, make_bank
from tests.integration_docs.pages import PAGES, REST, Example, differences, examples_of
from tests.sandbox.bank import with_sandboxes

ADDRESS = "http://127.0.0.1:8000"
# Every call also tells its status, on the other channel.
CURL = "curl() { command curl -w '%{stderr}status %{http_code}\\n' \"$@\"; }\n"
CASES = [(page, kind) for page in PAGES for kind in ("live", "test") if examples_of(page)]


def of_kind(kind: str) -> Bank:
    """The American demo bank's likeness; a test key acts on the sandbox of its team."""
    if kind == "live":
        bank, code = make_bank("Acme Bank", "us", people=True), "TDSS"
    else:
        bank, code = with_sandboxes("us"), "TDSS-SANDBOX"
    team = bank.teams["us"]
    with bank.seeing("us"):
        team.product_code = code
        team.save(update_fields=["product_code"])
        Membership.objects.get_or_create(
            organisation_id=bank.id,
            person=bank.people["analyst"],
            team=team,
            defaults={"role": Role.ANALYST},
        )
    return bank


def run(example: Example, bank: Bank, base_url: str) -> tuple[list[int], Any]:
    """The status of each call of the block, and the last answer."""
    team = bank.teams["us"]
    script = example.script.replace(ADDRESS, base_url).replace(
        "/products/TDSS/", f"/products/{team.product_code}/"
    )
    variables = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "RATEL_API_KEY": bank.callers["us"].key or "",
        "TEAM_ID": str(team.id),
        "EMAIL": bank.people["analyst"].email,
        "PASSWORD": PASSWORD,
    }
    done = subprocess.run(
        ["/bin/sh", "-e", "-c", CURL + script],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, **variables},
    )
    assert done.returncode == 0, done.stderr
    statuses = [int(one) for one in re.findall(r"^status (\d+)$", done.stderr, re.MULTILINE)]
    # Answers stand one behind the other.
    decoder, rest, answer = json.JSONDecoder(), done.stdout.strip(), None
    while rest:
        answer, end = decoder.raw_decode(rest)
        rest = rest[end:].strip()
    return statuses, answer


@pytest.mark.parametrize(("page", "kind"), CASES, ids=lambda value: getattr(value, "stem", value))
def test_every_call_works_and_answers_what_is_shown(page: Path, kind: str, live_server_process: str) -> None:
    if page.stem == "sandbox" and kind == "live":
        kind = "test"
    bank = of_kind(kind)
    for example in examples_of(page):
        statuses, answer = run(example, bank, live_server_process)
        assert len(statuses) == len(re.findall(r"\bcurl ", example.script))
        assert all(200 <= status < 300 for status in statuses), (example.script, statuses, answer)
        if example.shown is not None:
            assert list(differences(example.shown, answer)) == [], example.script
    while work():
        # A batch that was handed over is nobody else's to decide.
        pass


@pytest.mark.parametrize("name", ["native", "bank", "entity", "stream", "framl"])
def test_a_page_has_the_five_things_that_a_dialects_caller_asks_for(name: str) -> None:
    page = next(one for one in PAGES if one.stem == name)
    headings = re.findall(r"^## (.+)$", page.read_text(), re.MULTILINE)
    wanted = ["First call", "Repeats", "Errors", "Webhooks", "Going live"]
    assert [one for one in headings if one in wanted] == wanted
    assert any(example.shown for example in examples_of(page))


def test_the_comparison_sees_what_differs() -> None:
    shown = {"id": "alt_...", "score": 33, "hits": [{"code": "A", REST: REST}, REST], "more": None}
    found = {"id": "alt_7", "score": 33, "hits": [{"code": "A", "x": 1}, {"code": "B"}], "more": None}
    assert list(differences(shown, found)) == []
    for change in (
        {"id": "cas_7"},
        {"score": 60},
        {"score": True},
        {"hits": []},
        {"hits": [{"code": "B"}]},
        {"more": 0},
        {"new": 1},
    ):
        assert list(differences(shown, {**found, **change})), change
    assert list(differences(shown, {"id": "alt_7"}))
    named = {"rules": {REST: {"status": "RULE_VIOLATED", "timetaken": 0.1}}}
    assert list(differences(named, {"rules": {"a": {"status": "RULE_VIOLATED", "timetaken": 7}}})) == []
    assert list(differences(named, {"rules": {"a": {"status": "RULE_COMPLIED", "timetaken": 7}}}))
    first, second = "alt_01HXY3V9K2M4N6P8Q0R2S4T6V8", "alt_01HXZ3V9K2M4N6P8Q0R2S4T6V8"
    assert list(differences([first, "2026-11-21T10:00:00Z"], [second, "2026-11-22T00:00:00+00:00"])) == []
    assert list(differences([first], ["alt"]))
