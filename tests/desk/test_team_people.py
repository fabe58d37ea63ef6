"""People of a team at the desk: inviting, roles, leaving, lost devices; and nobody raises themselves."""

import re

import pytest
from django.test import Client

from ratel.identifiers import show
from ratel.problem import Conflict
from ratel.tenancy import tenant
from teams import people_services
from teams.authentication import memberships_of, person_principal
from teams.models import Membership, Person, TimeCode
from tests.cast import make_bank
from tests.desk.people import seat
from tests.sign_in.people import actions_of, give_app, is_in, known, with_new_people
from tests.web.pages import assert_is_strict, sign_in, text_of

PASSWORD = "a fresh and long enough password"


@pytest.fixture(scope="module")
def bank():
    return make_bank("Acme Bank", "us", "ng", people=True)


@pytest.fixture
def acme(bank):
    return with_new_people(bank)


@pytest.fixture
def admin(acme):
    return seat(acme, "admin", "us")


def person_id(acme, role):
    return show("per", acme.people[role].id)


def link_on(answer) -> str:
    found = re.search(r'id="link-text">http://[^/]+(/[^<]+)<', answer.content.decode())
    assert found
    return found[1]


def role_of(acme, role, pack="us"):
    with tenant(acme.id):
        found = Membership.objects.filter(person=acme.people[role], team=acme.teams[pack]).first()
    return found and found.role


def invite(admin, **form):
    """The page after an invitation of Nora New, or of whoever the form says."""
    sent = {"email": f"new-{admin.bank.people['admin'].email}", "name": "Nora New", "role": "analyst"} | form
    return admin.client.post(admin.url("team-invite"), sent, follow=True)


def test_the_page_says_who_works_here_and_which_keys_call(admin):
    answer = admin.get("team")
    assert_is_strict(answer)
    text = text_of(answer)
    assert "5 people work in us; 1 live key calls for it" in text
    assert "Second factor" in text


def test_somebody_new_sets_a_password_with_a_link_that_is_good_once(admin):
    page = invite(admin)
    assert "is invited. Hand the link over" in text_of(page)
    link = link_on(page)
    assert "is invited and has not set a password" in text_of(page)
    assert 'id="link-text"' not in admin.client.get(page.request["PATH_INFO"]).content.decode(), "shown once"
    browser = Client()
    form = browser.get(link)
    assert_is_strict(form)
    assert "Nora New" in text_of(form)
    assert "too short" in text_of(browser.post(link, {"new": "short", "again": "short"}))
    done = browser.post(link, {"new": PASSWORD, "again": PASSWORD}, follow=True)
    assert "Your password is set. Sign in with it." in text_of(done)
    again = browser.post(link, {"new": "x" * 20, "again": "x" * 20})
    assert again.status_code == 404
    assert "This link has ended" in text_of(again)
    email = f"new-{admin.bank.people['admin'].email}"
    assert sign_in(browser, email, PASSWORD).status_code == 302
    assert browser.get(admin.url("team")).status_code == 200
    with tenant(admin.bank.id):
        person = Person.objects.get(email=email)
    assert actions_of(person) == ["person.created", "person.password_set", "person.signed_in"]


def test_a_link_is_nobodys_after_a_newer_one(admin, acme):
    first = link_on(admin.do("team-person-link", person_id(acme, "analyst")))
    second = link_on(admin.do("team-person-link", person_id(acme, "analyst")))
    assert Client().get(first).status_code == 404
    assert Client().get(second).status_code == 200
    assert Client().get("/accounts/set-password/unknown/").status_code == 404


def test_who_works_elsewhere_in_the_bank_keeps_their_sign_in(admin, acme):
    with tenant(acme.id):
        Membership.objects.filter(person=acme.people["auditor"], team=acme.teams["us"]).delete()
    page = invite(admin, email=acme.people["auditor"].email, role="auditor")
    assert "with the sign-in that they have" in text_of(page)
    assert 'id="link-text"' not in page.content.decode()
    assert role_of(acme, "auditor") == "auditor"


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"email": "no address"}, "email: is not an e-mail address"),
        ({"name": " "}, "name: must have 1 to 200 characters"),
        ({"role": "king"}, "role: is not one of the roles"),
    ],
)
def test_an_invitation_that_cannot_be_is_told_why(admin, form, words):
    assert words in text_of(invite(admin, **form, back=admin.url("team")))


def test_an_email_of_another_bank_is_not_told_about(admin):
    rival = make_bank("Rival Bank", "us", people=True)
    text = text_of(invite(admin, email=rival.people["officer"].email))
    assert "This e-mail cannot be invited" in text
    assert rival.organisation.name not in text


def test_a_role_changes_with_the_next_click_and_is_in_the_trail(admin, acme):
    analyst = known(acme.people["analyst"])
    assert analyst.get(admin.url("overview")).status_code == 200
    page = admin.do("team-person-role", person_id(acme, "analyst"), role="developer", seen_role="analyst")
    assert "role is changed, with their next click" in text_of(page)
    assert analyst.get(admin.url("overview")).status_code == 403
    assert actions_of(acme.people["analyst"])[-1] == "person.role_changed"
    assert role_of(acme, "analyst", "ng") == "analyst"


def test_a_stale_page_changes_no_role(admin, acme):
    page = admin.do("team-person-role", person_id(acme, "analyst"), role="officer", seen_role="auditor")
    assert "The role has been changed to analyst meanwhile" in text_of(page)
    assert role_of(acme, "analyst") == "analyst"


@pytest.mark.parametrize(
    ("name", "form", "words"),
    [
        ("team-person-role", {"role": "officer"}, "Nobody changes their own role"),
        ("team-person-leave", {}, "Nobody takes their own role away"),
        ("team-person-deactivate", {}, "Nobody deactivates themselves"),
        ("team-person-reset", {}, "changed on your own page"),
        ("team-person-link", {}, "changed on your own page"),
    ],
)
def test_an_administrator_does_nothing_to_themselves(admin, acme, name, form, words):
    assert words in text_of(admin.do(name, person_id(acme, "admin"), **form))
    assert role_of(acme, "admin") == "admin"


def test_a_team_keeps_an_administrator_who_can_sign_in(admin, acme):
    """Two of them at once, each taking the other's role: one is left."""
    with tenant(acme.id):
        Membership.objects.filter(person=acme.people["officer"]).update(role="admin")
    other = seat(acme, "officer", "us")
    assert "role is changed" in text_of(
        admin.do("team-person-role", person_id(acme, "officer"), role="auditor")
    )
    assert other.post("team-person-role", person_id(acme, "admin"), role="auditor").status_code == 403
    with tenant(acme.id):
        Membership.objects.filter(person=acme.people["officer"]).update(role="admin")
        Person.objects.filter(id=acme.people["admin"].id).update(is_active=False)
        Membership.objects.filter(person=acme.people["analyst"]).update(role="admin")
    # Whoever was deactivated counts as nobody; the last one who can sign in is kept, also from a right that is stale.
    caller = person_principal(memberships_of(acme.people["analyst"])[0], address="192.0.2.1")
    with tenant(acme.id):
        Membership.objects.filter(person=acme.people["analyst"]).update(role="auditor")
    with pytest.raises(Conflict, match="would have no administrator"):
        people_services.leave_team(caller=caller, person_id=acme.people["officer"].id)


def test_somebody_deactivated_is_signed_out_and_can_come_back(admin, acme):
    analyst = known(acme.people["analyst"])
    page = admin.do("team-person-deactivate", person_id(acme, "analyst"))
    assert "has left and cannot sign in" in text_of(page)
    assert not is_in(analyst)
    assert sign_in(Client(), acme.people["analyst"].email, address="192.0.2.77").status_code == 200
    admin.do("team-person-reactivate", person_id(acme, "analyst"))
    assert is_in(known(acme.people["analyst"]))
    assert "person.deactivated" in actions_of(acme.people["analyst"])


def test_a_lost_device_is_forgotten_by_an_administrator(admin, acme):
    give_app(acme.people["analyst"])
    page = admin.get("team-person", person_id(acme, "analyst"))
    assert "Reset second factor" in text_of(page)
    assert "second factors are forgotten" in text_of(
        admin.do("team-person-reset", person_id(acme, "analyst"))
    )
    with tenant(acme.id):
        assert not TimeCode.objects.filter(person=acme.people["analyst"]).exists()
    assert is_in(known(acme.people["analyst"]))


@pytest.mark.parametrize("first", ["team-person-reset", "team-person-link"])
def test_nobody_takes_both_proofs_of_a_person_within_a_day(admin, acme, first):
    give_app(acme.people["officer"])
    second = {"team-person-reset": "team-person-link", "team-person-link": "team-person-reset"}[first]
    admin.do(first, person_id(acme, "officer"))
    assert "ask another administrator" in text_of(admin.do(second, person_id(acme, "officer")))


def test_who_administers_one_team_only_touches_no_sign_in_of_another(admin, acme):
    with tenant(acme.id):
        Membership.objects.filter(person=acme.people["admin"], team=acme.teams["ng"]).delete()
    for name in ("team-person-deactivate", "team-person-link", "team-person-reset"):
        answer = admin.post(name, person_id(acme, "analyst"))
        assert answer.status_code == 403
        assert "works in a team that you do not administer" in text_of(answer)
    assert "role is changed" in text_of(
        admin.do("team-person-role", person_id(acme, "analyst"), role="auditor")
    )


def test_asking_for_second_factors_signs_out_who_has_none(admin, acme):
    text = text_of(admin.do("team-second-factor", requires_second_factor="everybody"))
    assert "Set up your own second factor first" in text
    give_app(acme.people["admin"])
    analyst, officer = known(acme.people["analyst"]), known(acme.people["officer"])
    assert "Saved." in text_of(admin.do("team-second-factor", requires_second_factor="leads"))
    assert is_in(analyst)
    assert not is_in(officer)
    admin.do("team-second-factor", requires_second_factor="everybody")
    assert not is_in(analyst)
    assert "second factor asked for, none" in text_of(admin.get("team-person", person_id(acme, "analyst")))


def test_others_see_people_and_change_nothing(acme):
    for role in ("auditor", "developer", "analyst", "officer"):
        there = seat(acme, role, "us")
        page = there.get("team-person", person_id(acme, "admin"))
        assert page.status_code == 200
        assert "Deactivate" not in text_of(page)
        assert "Invite" not in text_of(there.get("team"))


def test_a_list_of_people_can_be_filtered_and_taken_along(admin):
    assert "Officer of" in text_of(admin.get("team-people", role="officer"))
    answer = admin.get("team-people", role="officer", format="csv")
    lines = answer.content.decode("utf-8-sig").splitlines()
    assert lines[0] == "person,name,email,role,state,second factor,last seen"
    assert len(lines) == 2
    assert admin.get("team-people", role="king").status_code == 400
    assert admin.get("team-person", "per_unknown").status_code == 404
