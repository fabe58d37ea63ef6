"""The calls that a new key's page offers: each is pasted into a shell as it stands, and answered by a real server."""

import html
import json
import re
import subprocess
from typing import Any

import pytest

from ratel.tenancy import tenant
from teams.models import Team
from teams.web.team_keys import _TRIALS
from tests.cast import Bank, changed
from tests.desk.people import Seat, seat
from tests.sandbox.bank import with_sandboxes

FIELDS = [
    {"key": "amount", "type": "Float", "mapsTo": "amount"},
    {"key": "direction", "type": "String", "mapsTo": "direction"},
    {"key": "branch", "type": "String"},
    {"key": "opened", "type": "DateTime"},
    {"key": "isNew", "type": "Boolean"},
]


@pytest.fixture
def bank() -> Bank:
    """Live teams at the desk; `teams` and `callers` are those of the sandboxes."""
    return with_sandboxes("us")


@pytest.fixture
def admin(bank: Bank) -> Seat:
    """At the desk of the live team."""
    sandbox = bank.teams["us"]
    with tenant(bank.id):
        bank.teams["us"] = Team.objects.get(id=sandbox.sandbox_of_id)
    found = seat(bank, "admin", "us")
    found.bank.teams["sandbox"] = sandbox
    return found


def calls_on(page: Any) -> list[str]:
    found = re.findall(r'<pre class="secret" id="curl[^"]*">([^<]+)</pre>', page.content.decode())
    return [html.unescape(one) for one in found]


def made(admin: Seat, base_url: str, scopes: list[str], kind: str = "live") -> list[str]:
    """The calls that are shown with a new key, for the server of this test."""
    form = {"name": "Core banking", "kind": kind, "scopes": scopes, "back": admin.url("team-keys")}
    calls = calls_on(admin.do("team-key-create", **form))
    changed()
    assert all("http://testserver/" in call for call in calls)
    return [call.replace("http://testserver", base_url) for call in calls]


def pasted(call: str) -> tuple[int, Any]:
    """Status and body that the shell shows."""
    command = call.replace("curl -sS", "curl -sS -w '\\n%{http_code}'", 1)
    run = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, check=True, timeout=60)
    body, _, status = run.stdout.rpartition("\n")
    return int(status), json.loads(body)


@pytest.mark.parametrize("kind", ["live", "test"])
@pytest.mark.parametrize("scope", list(_TRIALS))
def test_the_call_of_every_scope_is_answered(
    admin: Seat, live_server_process: str, scope: str, kind: str
) -> None:
    (call,) = made(admin, live_server_process, [scope], kind)
    method, path, _ = _TRIALS[scope]
    assert f"-X {method} " in call and path in call
    status, body = pasted(call)
    assert (status in {200, 201}, body["ok"]) == (True, True), body


def test_the_call_of_a_key_with_many_scopes_is_a_decision(admin: Seat, live_server_process: str) -> None:
    (call,) = made(admin, live_server_process, ["admin", "read", "evaluate", "webhooks"])
    assert "decision" in pasted(call)[1]["data"]


def test_a_key_for_which_there_is_no_simple_call_has_none(admin: Seat, live_server_process: str) -> None:
    assert made(admin, live_server_process, ["case.write"]) == []


@pytest.mark.parametrize(("kind", "pack"), [("live", "us"), ("test", "sandbox")])
def test_a_team_with_a_schema_is_offered_its_own_payload_with_the_new_key(
    bank: Bank, admin: Seat, live_server_process: str, kind: str, pack: str
) -> None:
    """The schema is the key's own team's: a test key sends what the sandbox reads."""
    team = bank.teams[pack]
    caller = bank.callers["us"] if kind == "test" else bank.new_key("us")
    saved = caller.call("PUT", f"/api/teams/{team.id}/payload-schema", {"fields": FIELDS})
    assert saved.status == 200, saved.body
    for _ in range(2):
        # Two keys, two payments: the second is no repetition of the first.
        native, stream = made(admin, live_server_process, ["evaluate"], kind)
        assert "/api/transactions/evaluate" in native and "/stream/v1" in stream
        assert pasted(native)[0] == 200
        status, body = pasted(stream)
        assert (status, body["teamId"]) == (200, str(team.id)), body
        assert body["txnId"].startswith("first-call-key_")
    other = "test" if kind == "live" else "live"
    assert len(made(admin, live_server_process, ["evaluate"], other)) == 1
    assert all("/stream/v1" not in call for call in made(admin, live_server_process, ["read"], kind))


def test_the_page_of_a_key_tells_whose_data_it_acts_on(bank: Bank, admin: Seat) -> None:
    for kind, pack in (("live", "us"), ("test", "sandbox")):
        form = {"name": "x", "kind": kind, "scopes": ["read"], "back": admin.url("team-keys")}
        page = admin.do("team-key-create", **form).content.decode()
        assert f"<dt>Team id</dt><dd><code>{bank.teams[pack].id}</code>" in page
