"""The role matrix at the API: every role with a session, every address and method, as its declared scope says."""

from typing import Any

import pytest
from django.test import Client

from ratel.identifiers import new_id
from ratel.requests import API_PREFIXES
from teams.permissions import HasScope
from teams.roles import PEOPLES_RIGHTS, ROLE_SCOPES, SCOPES, Role
from tests.cast import make_bank
from tests.tenancy.test_other_peoples_ids import routes

# Addresses that people reach with no role at all, each with its reason.
OPEN = {
    "api/schema": "the same document for everybody",
    "api/docs": "the same page for everybody",
    "api/docs.js": "the same script for everybody",
    "framl/auth/token": "e-mail and password, before any role",
}
# Addresses that only keys and tokens reach, and whose views say so by themselves.
BY_KEY = ("framl/", "stream/", "v1/")


def declared() -> list[tuple[str, str, str]]:
    """Route, method and scope of everything that a session may call."""
    found = []
    for route, view in routes():
        if not f"/{route}".startswith(API_PREFIXES) or route in OPEN or route.startswith(BY_KEY):
            continue
        kind: Any = view.view_class  # type: ignore[attr-defined]
        found += [(route, method, scope) for method, scope in kind.scopes.items()]
    return sorted(found)


EVERY = declared()
# Where a view looks at more than its scope: the right that is needed beside it.
ALSO = {
    "api/cases/<str:case_id>/approve": "approve",
    "api/cases/<str:case_id>/reopen": "approve",
    "api/cases/<str:case_id>/send-back": "approve",
    # Whether an endpoint may be told of reports is the decision of whoever approves them.
    "api/webhook-endpoints/<str:endpoint_id>/confidential": "reports.approve",
}
# Where a right opens an address without its scope: an officer looks at endpoints before deciding what they may be told.
INSTEAD = {
    "api/webhook-endpoints": "reports.read",
    "api/webhook-endpoints/<str:endpoint_id>": "reports.read",
}


@pytest.fixture(scope="module")
def bank():
    return make_bank("Acme Bank", "us", people=True)


@pytest.fixture(scope="module")
def sessions(bank):
    return {role: bank.session(role.value, "us").client for role in Role}


def url_of(route: str, bank) -> str:
    """The address with something that is nobody's id in the place of ids; the team's own where it is named."""
    parts = [
        (str(bank.teams["us"].id) if "team_id" in part else str(new_id())) if part.startswith("<") else part
        for part in route.split("/")
    ]
    return "/" + "/".join(parts)


def call(client: Client, method: str, url: str) -> int:
    return client.generic(method, url, b"", content_type="application/json").status_code


def test_every_method_of_the_api_declares_a_scope_that_somebody_can_have():
    assert len(EVERY) > 60
    assert {scope for _, _, scope in EVERY} <= {*SCOPES, *PEOPLES_RIGHTS}


@pytest.mark.parametrize(("route", "method", "scope"), EVERY, ids=[f"{one[1]} {one[0]}" for one in EVERY])
def test_each_role_may_what_the_table_says(bank, sessions, route, method, scope):
    for role, client in sessions.items():
        status, rights = call(client, method, url_of(route, bank)), ROLE_SCOPES[role]
        is_let_in = {scope, ALSO.get(route, scope)} <= rights
        if is_let_in or (method == "GET" and INSTEAD.get(route) in rights):
            assert status not in {401, 403, 500}, role
        else:
            assert status == 403, role


def test_nobody_in_particular_may_nothing(bank):
    for route, method, _ in EVERY:
        assert call(Client(), method, url_of(route, bank)) == 401, route


def test_the_check_stands_before_every_view():
    for route, view in routes():
        if f"/{route}".startswith(API_PREFIXES) and route not in OPEN and not route.startswith(BY_KEY):
            checks: Any = view.view_class.permission_classes  # type: ignore[attr-defined]
            assert any(issubclass(check, HasScope) for check in checks), route


def test_every_exception_is_still_one():
    assert {*ALSO, *INSTEAD} <= {route for route, _, _ in EVERY}
