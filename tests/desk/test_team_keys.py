"""API keys at the desk: made, shown once, changed, rotated, revoked; and what a developer's keys may not see."""

import re

import pytest
from django.test import Client

from ratel.identifiers import show
from ratel.problem import Forbidden
from ratel.tenancy import tenant
from screening.team_setup import prepare_team
from teams import key_services, keys
from teams.authentication import memberships_of, person_principal
from teams.models import ApiKey, AuditEntry, KeyUsage
from teams.services import create_team
from teams.team_reads import DayOfUse, chart_of
from tests.cast import Caller, changed, make_bank
from tests.desk.people import seat
from tests.web.pages import assert_is_strict, text_of


@pytest.fixture(scope="module")
def acme():
    bank = make_bank("Acme Bank", "us", people=True)
    with tenant(bank.id):
        team = create_team(
            organisation=bank.organisation,
            name="us sandbox",
            pack="us",
            currency="USD",
            sandbox_of=bank.teams["us"],
        )
    prepare_team(team)
    changed()
    return bank


@pytest.fixture(scope="module")
def admin(acme):
    return seat(acme, "admin", "us")


@pytest.fixture(scope="module")
def developer(acme):
    return seat(acme, "developer", "us")


def make(at, **form):
    sent = {
        "name": "Core banking",
        "kind": "live",
        "scopes": ["evaluate"],
        "back": at.url("team-keys"),
    } | form
    return at.client.post(at.url("team-key-create"), sent, follow=True)


def text_on(page) -> str:
    found = re.search(r'id="key-text">([^<]+)<', page.content.decode())
    assert found, text_of(page)
    changed()
    return found[1]


def id_of(text: str, acme) -> str:
    with tenant(acme.id):
        return show("key", ApiKey.objects.get(public_id=text[8:20]).id)


def test_a_key_is_shown_once_with_a_call_to_paste(admin):
    page = make(admin)
    assert_is_strict(page)
    text = text_on(page)
    assert keys.take_apart(text)
    assert text_of(page).count(text) == 2
    assert "api/transactions/evaluate" in text_of(page)
    assert "has never been used" in text_of(admin.client.get(page.request["PATH_INFO"]))
    assert text not in admin.client.get(page.request["PATH_INFO"]).content.decode()
    assert Caller(text).evaluate().status == 200
    assert "is in use" in text_of(admin.client.get(page.request["PATH_INFO"]))
    seen = admin.client.get(page.request["PATH_INFO"] + "/seen")
    assert "last seen" in text_of(seen)


def test_a_key_keeps_to_what_was_chosen(admin, acme):
    text = text_on(make(admin, networks="192.0.2.0/24, 2001:db8::/32", tier="basic", expires="30"))
    with tenant(acme.id):
        key = ApiKey.objects.get(public_id=text[8:20])
    assert (key.allowed_networks, key.tier) == (["192.0.2.0/24", "2001:db8::/32"], "basic")
    assert 29 <= (key.expires_at - key.created_at).days <= 30
    assert key.created_by_id == acme.people["admin"].id
    assert Caller(text).evaluate().status == 403


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"name": ""}, "name: must be text of 1 to 100 characters"),
        ({"scopes": []}, "scopes: must be a list"),
        ({"scopes": ["all"]}, "is not a scope"),
        ({"networks": "here"}, "is not a network"),
        ({"kind": "both"}, "kind: must be live or test"),
        ({"tier": "sandbox"}, "is for test keys"),
        ({"expires": "7"}, "expires: is not one of the choices"),
    ],
)
def test_a_key_that_cannot_be_is_told_why(admin, form, words):
    assert words in text_of(make(admin, **form))


def test_rotating_shows_a_new_text_and_lets_the_old_one_go_on(admin, acme):
    old = text_on(make(admin))
    page = admin.do("team-key-rotate", id_of(old, acme), overlap="3600")
    new = text_on(page)
    assert "the old one ends in an hour" in text_of(page)
    assert {Caller(text).evaluate().status for text in (old, new)} == {200}
    newest = text_on(admin.do("team-key-rotate", id_of(new, acme), overlap="0"))
    assert (Caller(new).evaluate().status, Caller(newest).evaluate().status) == (401, 200)


def test_a_revoked_key_is_dead_and_stays_on_its_page(admin, acme):
    text = text_on(make(admin))
    page = admin.do("team-key-revoke", id_of(text, acme))
    changed()
    assert "is revoked: nothing answers to it any more" in text_of(page)
    assert "Rotate" not in text_of(page)
    assert Caller(text).evaluate().status == 401
    assert "The key has ended" in text_of(admin.do("team-key-rotate", id_of(text, acme), overlap="0"))


def test_a_key_is_changed_within_what_it_was(admin, acme):
    text = text_on(make(admin))
    form = {"name": "New name", "networks": "192.0.2.0/24", "tier": "custom", "rate": "50", "burst": "5"}
    url = admin.url("team-key-change", id_of(text, acme))
    assert "50, 5 at once" in text_of(admin.client.post(url, form, follow=True))
    refused = admin.client.post(url, form | {"rate": "many"}, follow=True)
    assert "ratePerMinute: must be a whole number" in text_of(refused)
    with tenant(acme.id):
        entry = AuditEntry.objects.filter(action="key.updated").latest("id")
    assert entry.actor_id == acme.people["admin"].id


def test_a_developers_live_key_sees_nothing_that_is_kept_of_customers(developer, admin, acme):
    assert text_on(make(developer))
    for scope in ("read", "write", "case.write", "policy.write", "admin"):
        assert "only an administrator can make one" in text_of(make(developer, scopes=["evaluate", scope]))
    wide = text_on(make(admin, scopes=["read"]))
    assert developer.post("team-key-rotate", id_of(wide, acme), overlap="0").status_code == 403
    assert Caller(wide).get("/api/alerts").status == 200


def test_a_developers_test_key_may_everything_in_the_sandbox(developer):
    text = text_on(make(developer, kind="test", scopes=["evaluate", "read", "write"]))
    assert text.startswith("rk_test_")
    assert Caller(text).evaluate().status == 200
    assert Caller(text).get("/api/alerts").data == []
    assert "Test" in text_of(developer.get("team-keys", kind="test"))


def test_nobody_gives_a_key_sight_of_reports_that_they_lack(admin, acme):
    assert "Only who has reports.read can give it to a key" in text_of(make(admin, scopes=["reports.read"]))
    caller = person_principal(memberships_of(acme.people["developer"])[0], address="192.0.2.1")
    with pytest.raises(Forbidden):
        key_services.create_key(caller=caller, name="x", scopes=["reports.read"], is_live=False)


def test_others_see_keys_and_make_none(acme, admin):
    text = text_on(make(admin))
    for role in ("analyst", "officer", "auditor"):
        there = seat(acme, role, "us")
        assert "Make a key" not in text_of(there.get("team"))
        page = there.get("team-key", id_of(text, acme))
        assert page.status_code == 200
        assert text not in page.content.decode()
        assert "Revoke" not in text_of(page)


def test_the_list_is_filtered_and_taken_along(admin):
    assert admin.get("team-keys", status="revoked").status_code == 200
    assert admin.get("team-keys", status="lost").status_code == 400
    answer = admin.get("team-keys", kind="live", format="csv")
    header, *lines = answer.content.decode("utf-8-sig").splitlines()
    assert header.startswith("key,name,prefix,kind,state,scopes")
    assert lines
    assert all(",live," in line for line in lines)


def test_the_use_of_a_key_is_drawn_by_day(admin, acme):
    text = text_on(make(admin))
    with tenant(acme.id, [acme.teams["us"].id]):
        key = ApiKey.objects.get(public_id=text[8:20])
        day = key.created_at.date()
        KeyUsage.objects.create(
            organisation_id=acme.id, team_id=key.team_id, key=key, day=day, calls=1_200, rejected=300
        )
    page = text_of(admin.get("team-key", id_of(text, acme)))
    assert "1,200 calls, 300 more refused for being too many" in page
    assert "the busiest day had 1,500" in page


def test_columns_are_as_high_as_their_day():
    first = chart_of([DayOfUse(None, 75, 25), DayOfUse(None, 0, 0)])
    busy, quiet = first.columns
    assert (busy.calls_height, busy.rejected_height, busy.rejected_y) == (75.0, 25.0, 0.0)
    assert (quiet.calls_height, quiet.rejected_height) == (0.0, 0.0)
    assert chart_of([]).columns == ()


def test_a_key_of_another_bank_is_not_there(admin, acme):
    rival = seat(make_bank("Rival Bank", "us", people=True), "admin", "us")
    text = text_on(make(admin))
    assert rival.get("team-key", id_of(text, acme)).status_code == 404
    assert rival.post("team-key-revoke", id_of(text, acme)).status_code == 404
    assert Caller(text).evaluate().status == 200
    assert Client().get(admin.url("team-keys")).status_code == 302
