"""The scopes of keys at the API: every address and method with the one scope that it needs, and with all others.

And that what a key may beyond the role of whoever made it is still theirs to answer for.
"""

from datetime import UTC, datetime, timedelta

import pytest

from teams.roles import PEOPLES_RIGHTS, SCOPES
from tests.cast import Answer, Bank, Caller, make_bank
from tests.desk.kept import changed_between, kept_of
from tests.evaluate.rules import rule
from tests.sign_in.test_api_roles import ALSO, EVERY, INSTEAD, url_of
from tests.webhooks.stored import new_endpoint

FOR_KEYS = [one for one in EVERY if one[2] in SCOPES]
FOR_PEOPLE = [one for one in EVERY if one[2] in PEOPLES_RIGHTS]
# What a person must have beside the scope, no key has.
PEOPLES = {*ALSO, "api/reporting-entity"} - {"api/webhook-endpoints/<str:endpoint_id>/confidential"}
# Nothing with that id, nothing in the body: what an address says to whoever is let in.
LET_IN = {200, 201, 202, 400, 404, 409, 422}


def sent(caller: Caller, method: str, route: str, bank: Bank) -> Answer:
    return caller.call(method, url_of(route, bank), None if method == "GET" else {})


def names(every: list[tuple[str, str, str]]) -> list[str]:
    return [f"{method} {route}" for route, method, _ in every]


@pytest.fixture(scope="module")
def bank() -> Bank:
    return make_bank("Acme Bank", "us", people=True)


@pytest.fixture(scope="module")
def pairs(bank: Bank) -> dict[str, tuple[Caller, Caller]]:
    """For each scope a key that has nothing else, and one that has everything else."""
    return {
        scope: (
            bank.new_key("us", scopes=[scope]),
            bank.new_key("us", scopes=[one for one in SCOPES if one != scope]),
        )
        for scope in SCOPES
    }


@pytest.mark.parametrize(("route", "method", "scope"), FOR_KEYS, ids=names(FOR_KEYS))
def test_a_key_may_with_the_scope_and_not_without(
    bank: Bank, pairs: dict[str, tuple[Caller, Caller]], route: str, method: str, scope: str
) -> None:
    only, all_but = pairs[scope]
    before = kept_of(bank)
    refused = sent(all_but, method, route, bank)
    if method == "GET" and INSTEAD.get(route) in SCOPES:
        assert refused.status in LET_IN
    else:
        assert refused.status == 403
        assert f"The scope {scope} is needed" in str(refused.body)
        assert changed_between(before, kept_of(bank)) == []
    answer = sent(only, method, route, bank)
    assert answer.status in ({403} if method != "GET" and route in PEOPLES else LET_IN)


@pytest.mark.parametrize(("route", "method", "right"), FOR_PEOPLE, ids=names(FOR_PEOPLE))
def test_no_key_has_what_is_peoples(
    bank: Bank, pairs: dict[str, tuple[Caller, Caller]], route: str, method: str, right: str
) -> None:
    """But a key with `write` approves what it may change, as the person who answers for it."""
    _, without_write = pairs["write"]
    assert sent(without_write, method, route, bank).status == 403
    with_all = sent(bank.callers["us"], method, route, bank)
    assert with_all.status in (LET_IN if right == "approve" else {403})


def test_only_a_key_that_sees_reports_decides_whether_an_endpoint_is_told_of_them(
    bank: Bank, pairs: dict[str, tuple[Caller, Caller]]
) -> None:
    """As a person it takes an officer: not an analyst, who sees them too."""
    path = f"/api/webhook-endpoints/{new_endpoint(bank.callers['us'])['id']}/confidential"
    _, without_sight = pairs["reports.read"]
    told = {"confidential": True}
    assert without_sight.post(path, told).status == 403
    assert [bank.session(role, "us").post(path, told).status for role in ("analyst", "admin")] == [403, 403]
    assert bank.callers["us"].post(path, told).status == 200
    assert bank.session("officer", "us").post(path, told).status == 200


def made_by_admin(bank: Bank, *scopes: str) -> Caller:
    """A live key that the administrator makes at the API, as the page does."""
    answer = bank.session("admin", "us").post("/api/keys", {"name": "Ours", "scopes": list(scopes)})
    assert answer.status == 201, answer.body
    return Caller(answer.data["key"])


def test_an_administrator_makes_keys_that_may_what_the_role_may_not(bank: Bank) -> None:
    document = rule("BEYOND", {"field": "amount", "operator": ">=", "value": 1})
    assert bank.session("admin", "us").post("/api/rules", document).status == 403
    assert made_by_admin(bank, "write").post("/api/rules", document).status == 201


def test_two_keys_of_one_administrator_are_one_pair_of_eyes(bank: Bank) -> None:
    first, second = made_by_admin(bank, "write"), made_by_admin(bank, "write")
    document = rule("ALONE", {"field": "amount", "operator": ">=", "value": 1})
    path = f"/api/rules/{first.post('/api/rules', document).data['id']}"
    assert first.post(f"{path}/submit").status == 200
    for one in (first, second):
        refused = one.post(f"{path}/approve")
        assert (refused.status, refused.error["code"]) == (403, "four_eyes")
    assert bank.session("officer", "us").post(f"{path}/approve").status == 200


def test_an_administrator_gives_no_key_sight_of_reports(bank: Bank) -> None:
    admin = bank.session("admin", "us")
    for scope in ("reports.read", "reports.write"):
        assert admin.post("/api/keys", {"name": "Nosy", "scopes": [scope]}).status == 403


def test_one_person_is_enough_to_stop_a_rule_and_none_stops_a_fixed_one() -> None:
    bank = make_bank("Acme Bank", "ng", people=True)
    analyst, officer = bank.session("analyst", "ng"), bank.session("officer", "ng")
    document = rule("STOPPED", {"field": "amount", "operator": ">=", "value": 1})
    path = f"/api/rules/{analyst.post('/api/rules', document).data['id']}"
    assert analyst.post(f"{path}/submit").status == 200
    assert officer.post(f"{path}/approve").status == 200
    for step, status in (("pause", "paused"), ("activate", "active")):
        answer = analyst.post(f"{path}/{step}")
        assert (answer.status, answer.data["status"]) == (200, status)
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    rests = {"until": tomorrow, "reason": "Storm of alerts"}
    assert analyst.post(f"{path}/bypass", rests).status == 200
    assert analyst.post(f"{path}/bypass", {"until": tomorrow, "reason": ""}).status == 400
    assert analyst.post(f"{path}/archive").status == 200
    listed = analyst.get("/api/rules?limit=200").data
    fixed = next(one["id"] for one in listed if one["layer"] == "regulatory")
    for step, body in (("pause", None), ("bypass", rests), ("archive", None)):
        refused = analyst.post(f"/api/rules/{fixed}/{step}", body)
        assert (refused.status, refused.error["code"]) == (409, "regulatory_rule_is_fixed")
