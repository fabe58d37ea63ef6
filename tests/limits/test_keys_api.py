"""`/api/keys` and `/api/usage`: made, shown once, changed, rotated, revoked, counted."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import transaction

from ratel.tenancy import set_tenant, tenant
from screening.team_setup import prepare_team
from teams import key_services
from teams.limits import usage
from teams.models import ApiKey, AuditEntry
from teams.roles import SCOPES
from teams.services import create_team
from tests.cast import Answer, Bank, Caller, changed, make_bank

NEW = {"name": "Core banking", "scopes": ["evaluate", "read"]}


@pytest.fixture(scope="module")
def bank() -> Bank:
    bank = make_bank("Acme Bank", "us", "id", people=True)
    with transaction.atomic():
        set_tenant(bank.id, [bank.teams["us"].id])
        sandbox = create_team(
            organisation=bank.organisation,
            name="us (sandbox)",
            pack="us",
            currency="USD",
            sandbox_of=bank.teams["us"],
        )
    prepare_team(sandbox)
    bank.teams["us sandbox"] = sandbox
    return bank


@pytest.fixture
def admin(bank: Bank) -> Caller:
    return bank.session("admin", "us")


def made(caller: Caller, **fields: Any) -> Any:
    answer = caller.post("/api/keys", {**NEW, **fields})
    assert answer.status == 201, answer.body
    changed()
    return answer.data


def paths(answer: Answer) -> list[str]:
    assert answer.status == 400
    return [problem["path"] for problem in answer.error["errors"]]


# -- Made and shown


def test_an_admin_makes_a_key_that_works_and_is_shown_once(bank: Bank, admin: Caller) -> None:
    key = made(admin)
    assert Caller(key["key"]).evaluate().status == 200
    assert key["key"].startswith(key["prefix"])
    shown = admin.get(f"/api/keys/{key['id']}").data
    assert {**shown, "lastUsedAt": None} == {name: one for name, one in key.items() if name != "key"}
    assert (shown["tier"], shown["ratePerMinute"], shown["burst"]) == ("starter", 600, 100)
    assert shown["createdById"] == str(bank.people["admin"].id)
    listed = admin.get("/api/keys?limit=200")
    assert key["id"] in [one["id"] for one in listed.data]
    assert key["key"] not in str(listed.body)


def test_only_an_admin_sees_keys(bank: Bank) -> None:
    for role in ("officer", "analyst", "auditor", "developer"):
        assert bank.session(role, "us").get("/api/keys").status == 403
    assert (
        bank.new_key("us", scopes=[one for one in SCOPES if one != "admin"]).post("/api/keys", NEW).status
        == 403
    )


def test_a_key_is_made_with_everything_that_can_be_said(admin: Caller) -> None:
    until = datetime.now(UTC) + timedelta(days=30)
    key = made(admin, expiresAt=until.isoformat(), allowedNetworks=["192.0.2.0/24"], tier="standard")
    assert datetime.fromisoformat(key["expiresAt"]) == until
    assert (key["ratePerMinute"], key["burst"]) == (10_000, 1_000)
    assert Caller(key["key"]).get("/api/rules").status == 403


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["everything"]}, "scopes[0]"),
        ({"scopes": ["read", "read"]}, "scopes[1]"),
        ({"scopes": [{}]}, "scopes[0]"),
        ({"live": "no"}, "live"),
        ({"tier": "golden"}, "tier"),
        ({"tier": ["basic"]}, "tier"),
        ({"tier": "custom"}, "ratePerMinute"),
        ({"ratePerMinute": 10}, "burst"),
        ({"ratePerMinute": 0, "burst": 1}, "ratePerMinute"),
        ({"ratePerMinute": 1_000_001, "burst": 1}, "ratePerMinute"),
        ({"ratePerMinute": 1, "burst": 100_001}, "burst"),
        ({"ratePerMinute": True, "burst": 1}, "ratePerMinute"),
        ({"tier": "basic", "burst": 5}, "burst"),
        ({"tier": "sandbox"}, "tier"),
        ({"live": False, "tier": "standard"}, "tier"),
        ({"live": False, "tier": "unlimited"}, "tier"),
        ({"live": False, "ratePerMinute": 301, "burst": 1}, "ratePerMinute"),
        ({"live": False, "ratePerMinute": 1, "burst": 51}, "burst"),
        ({"expiresAt": "2001-01-01T00:00:00Z"}, "expiresAt"),
        ({"expiresAt": "2099-01-01T00:00:00"}, "expiresAt"),
        ({"allowedNetworks": ["10.0.0.1/8"]}, "allowedNetworks[0]"),
        ({"allowedNetworks": [7]}, "allowedNetworks[0]"),
        ({"teamId": "x"}, "teamId"),
    ],
    ids=str,
)
def test_what_is_wrong_with_a_new_key_is_named(admin: Caller, fields: dict[str, Any], path: str) -> None:
    assert path in paths(admin.post("/api/keys", {**NEW, **fields}))


def test_lists_are_filtered_and_cut_into_pages(bank: Bank) -> None:
    bank = make_bank("Small Bank", "us", people=True)
    admin = bank.session("admin", "us")
    keys = [made(admin, name=f"number {number}")["id"] for number in range(3)]
    assert admin.post(f"/api/keys/{keys[0]}/revoke").status == 200
    assert [one["id"] for one in admin.get("/api/keys?status=revoked").data] == keys[:1]
    assert [one["id"] for one in admin.get("/api/keys?status=active").data][:2] == keys[:0:-1]
    assert admin.get("/api/keys?status=expired").data == []
    assert admin.get("/api/keys?live=false").data == []
    first = admin.get("/api/keys?limit=2").body
    second = admin.get(f"/api/keys?limit=2&cursor={first['nextCursor']}").body
    assert [one["id"] for one in [*first["data"], *second["data"]]][:3] == keys[::-1]
    assert second["nextCursor"] is None
    assert "status" in paths(admin.get("/api/keys?status=alive"))


def test_a_team_has_at_most_so_many_keys(bank: Bank, admin: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_services, "MOST_KEYS", 0)
    answer = admin.post("/api/keys", NEW)
    assert (answer.status, answer.error["code"]) == (409, "too_many_keys")


# -- Who may give what


def test_only_who_sees_reports_gives_a_key_sight_of_them(bank: Bank, admin: Caller) -> None:
    assert admin.post("/api/keys", {**NEW, "scopes": ["reports.read"]}).status == 403
    assert made(bank.callers["us"], scopes=["reports.read"])["scopes"] == ["reports.read"]


def test_a_key_that_sees_reports_is_rotated_only_by_who_does(bank: Bank, admin: Caller) -> None:
    key = made(bank.callers["us"], scopes=["reports.read"])
    assert admin.post(f"/api/keys/{key['id']}/rotate").status == 403
    assert bank.callers["us"].post(f"/api/keys/{key['id']}/rotate").status == 201
    assert admin.post(f"/api/keys/{key['id']}/revoke").status == 200, (
        "ending it gives nobody sight of anything"
    )


# -- Test keys


def test_a_test_key_acts_on_the_sandbox_with_lower_limits(bank: Bank, admin: Caller) -> None:
    key = made(admin, live=False)
    assert key["key"].startswith("rk_test_")
    assert (key["tier"], key["ratePerMinute"], key["burst"]) == ("sandbox", 300, 50)
    assert Caller(key["key"]).evaluate(customerId="only in the sandbox").status == 200
    with tenant(bank.id, [bank.teams["us sandbox"].id]):
        assert ApiKey.objects.get(public_id=key["key"][8:20]).team_id == bank.teams["us sandbox"].id
    assert bank.callers["us"].get("/api/customers?customerId=only in the sandbox").data == []
    assert key["id"] in [one["id"] for one in admin.get("/api/keys?live=false").data]


def test_a_team_without_a_sandbox_has_no_test_keys(bank: Bank) -> None:
    answer = bank.session("admin", "id").post("/api/keys", {**NEW, "live": False})
    assert (answer.status, answer.error["code"]) == (409, "no_sandbox")


def test_a_sandbox_has_no_live_keys_and_does_not_see_those_of_its_team(bank: Bank, admin: Caller) -> None:
    live, test = made(admin), made(admin, live=False)
    inside = Caller(bank.new_key("us sandbox", is_live=False, tier=None).key)
    answer = inside.post("/api/keys", NEW)
    assert (answer.status, answer.error["code"]) == (409, "sandbox_has_test_keys")
    assert made(inside, live=False)["live"] is False
    assert inside.get(f"/api/keys/{live['id']}").status == 404
    assert inside.get(f"/api/keys/{test['id']}").status == 200


# -- Changed, rotated, revoked


def test_limits_are_changed_and_hold_within_a_second(admin: Caller) -> None:
    key = made(admin)
    caller = Caller(key["key"])
    assert caller.get("/api/rules").headers["RateLimit-Policy"] == '"key";q=100;w=10'
    changed_key = admin.patch(f"/api/keys/{key['id']}", {"ratePerMinute": 30, "burst": 2, "name": "Slower"})
    assert (changed_key.data["tier"], changed_key.data["burst"], changed_key.data["name"]) == (
        "custom",
        2,
        "Slower",
    )
    time.sleep(1.0)
    assert caller.get("/api/rules").headers["RateLimit-Policy"] == '"key";q=2;w=4'
    assert admin.patch(f"/api/keys/{key['id']}", {"tier": "unlimited"}).data["ratePerMinute"] is None
    assert "scopes" in paths(admin.patch(f"/api/keys/{key['id']}", {"scopes": ["admin"]}))


def test_a_rotated_key_and_its_successor_both_work_until_the_overlap_is_over(admin: Caller) -> None:
    old = made(admin, tier="basic")
    answer = admin.post(f"/api/keys/{old['id']}/rotate", {"overlapSeconds": 60})
    assert answer.status == 201
    changed()
    new = answer.data
    assert (new["name"], new["scopes"], new["tier"]) == (old["name"], old["scopes"], "basic")
    assert [Caller(one["key"]).get("/api/rules").status for one in (old, new)] == [200, 200]
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=61)):
        assert [Caller(one["key"]).get("/api/rules").status for one in (old, new)] == [401, 200]
        assert admin.get(f"/api/keys/{old['id']}").data["status"] == "expired"


def test_a_key_rotated_without_overlap_ends_at_once(admin: Caller) -> None:
    old = made(admin, ratePerMinute=50, burst=5)
    new = admin.post(f"/api/keys/{old['id']}/rotate", {"overlapSeconds": 0}).data
    changed()
    assert (new["ratePerMinute"], new["burst"]) == (50, 5)
    assert [Caller(one["key"]).get("/api/rules").status for one in (old, new)] == [401, 200]


def test_rotation_makes_no_key_live_longer_than_it_had_to(admin: Caller) -> None:
    until = datetime.now(UTC) + timedelta(minutes=5)
    old = made(admin, expiresAt=until.isoformat())
    new = admin.post(f"/api/keys/{old['id']}/rotate").data
    for one in (old, new):
        assert datetime.fromisoformat(admin.get(f"/api/keys/{one['id']}").data["expiresAt"]) == until


def test_a_revoked_key_ends_everywhere_within_a_second_and_for_good(admin: Caller) -> None:
    key = made(admin)
    caller = Caller(key["key"])
    assert caller.get("/api/rules").status == 200
    assert admin.post(f"/api/keys/{key['id']}/revoke").data["status"] == "revoked"
    time.sleep(1.0)
    assert caller.get("/api/rules").status == 401
    assert admin.post(f"/api/keys/{key['id']}/revoke").status == 200
    for method, path, body in (("PATCH", "", {"tier": "basic"}), ("POST", "/rotate", None)):
        answer = admin.call(method, f"/api/keys/{key['id']}{path}", body)
        assert (answer.status, answer.error["code"]) == (409, "key_has_ended")


@pytest.mark.parametrize("overlap", [-1, 604_801, 1.5, "3600", True, None])
def test_an_overlap_is_from_nothing_to_a_week(admin: Caller, overlap: Any) -> None:
    key = made(admin)
    assert paths(admin.post(f"/api/keys/{key['id']}/rotate", {"overlapSeconds": overlap})) == [
        "overlapSeconds"
    ]


def test_every_change_is_on_the_record_without_the_text(bank: Bank, admin: Caller) -> None:
    key = made(admin)
    identifier = str(row_id(bank, key))
    admin.patch(f"/api/keys/{key['id']}", {"tier": "basic"})
    admin.patch(f"/api/keys/{key['id']}", {"tier": "basic"})
    admin.post(f"/api/keys/{key['id']}/rotate")
    admin.post(f"/api/keys/{key['id']}/revoke")
    with bank.seeing("us"):
        entries = list(AuditEntry.objects.filter(subject_id=identifier).order_by("id"))
    assert [one.action for one in entries] == ["key.created", "key.updated", "key.rotated", "key.revoked"]
    assert {one.actor_id for one in entries} == {bank.people["admin"].id}
    assert (entries[1].before, entries[1].after) == ({"tier": "starter"}, {"tier": "basic"})
    assert key["key"][20:] not in str([(one.before, one.after) for one in entries])


def row_id(bank: Bank, key: Any) -> Any:
    with bank.seeing("us"):
        return ApiKey.objects.get(public_id=key["key"][8:20]).id


# -- Usage


def test_usage_is_shown_by_key_and_day(bank: Bank, admin: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    now = datetime.now(UTC)

    class StandsStill(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return now

    # The day may end in the middle of the test.
    monkeypatch.setattr(usage, "datetime", StandsStill)
    key = made(admin, ratePerMinute=1, burst=2)
    for _ in range(3):
        Caller(key["key"]).get("/api/rules")
    test_key = made(admin, live=False)
    Caller(test_key["key"]).get("/api/rules")
    usage.flush()
    today = now.date().isoformat()
    (row,) = admin.get(f"/api/usage?keyId={key['id']}").data
    assert {name: row[name] for name in ("keyId", "day", "calls", "rejected")} == {
        "keyId": key["id"],
        "day": today,
        "calls": 2,
        "rejected": 1,
    }
    assert [one["calls"] for one in admin.get(f"/api/usage?keyId={test_key['id']}").data] == [1]
    assert admin.get(f"/api/usage?keyId={key['id']}&to=2020-01-01").data == []
    assert len(admin.get(f"/api/usage?keyId={key['id']}&from={today}").data) == 1
    assert admin.get("/api/usage?keyId=nobody").data == []
    first = admin.get("/api/usage?limit=1").body
    assert first["nextCursor"]
    assert admin.get(f"/api/usage?limit=1&cursor={first['nextCursor']}").data != first["data"]
    assert bank.session("developer", "us").get("/api/usage").status == 403
