"""How long a sign-in lasts, where one is signed in, and everything that ends it."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from ratel.identifiers import show
from ratel.tenancy import tenant
from teams.access_tokens import create_token
from teams.models import AccessToken, Membership, Person, SignIn
from teams.sessions import browser_of
from tests.cast import PASSWORD, make_bank
from tests.sign_in.people import ACCOUNT, actions_of, is_in, known, with_new_people
from tests.web.pages import assert_is_strict, text_of

NEW = "a quite different long password"


@pytest.fixture(scope="module")
def bank():
    return make_bank("Acme Bank", "us", people=True)


@pytest.fixture
def analyst(bank):
    return with_new_people(bank).people["analyst"]


def at(minutes: int):
    return time_machine.travel(timezone.now() + timedelta(minutes=minutes), tick=False)


def test_a_desk_that_nobody_sits_at_is_closed_after_half_an_hour(analyst):
    client = known(analyst)
    with at(29):
        assert is_in(client)
    with at(58):
        assert is_in(client), "the clock began again with the last click"
    with at(89):
        assert not is_in(client)
    assert actions_of(analyst)[-1] == "person.session_expired"
    assert not is_in(client)


def test_a_page_that_asks_by_itself_keeps_no_desk_open(analyst):
    client = known(analyst)
    with at(20):
        assert client.get(ACCOUNT, headers={"X-Ratel-Background": "yes"}).status_code == 200
    with at(31):
        assert not is_in(client)


def test_a_sign_in_ends_after_twelve_hours_however_busy_it_is(analyst):
    client = known(analyst)
    for minutes in range(25, 720, 25):
        with at(minutes):
            assert is_in(client)
    with at(721):
        assert not is_in(client)


def test_the_page_lists_ones_own_sign_ins_and_ends_another(analyst):
    here, there = known(analyst), Client(headers={"User-Agent": "Mozilla/5.0 (X11; Linux) Firefox/140.0"})
    assert there.login(username=analyst.email, password=PASSWORD)
    page = here.get(ACCOUNT)
    assert_is_strict(page)
    assert "this one" in text_of(page)
    with tenant(analyst.organisation_id):
        other = SignIn.objects.filter(person=analyst).latest("created_at")

    url = f"/accounts/sign-ins/{show('sgn', other.id)}/end/"
    assert "That sign-in is ended." in text_of(here.post(url, follow=True))
    assert not is_in(there)
    assert is_in(here)
    assert "had ended already" in text_of(here.post(url, follow=True))


def test_all_others_are_ended_at_once(analyst):
    here, others = known(analyst), [known(analyst) for _ in range(3)]
    assert "Ended 3 other sign-ins." in text_of(here.post("/accounts/sign-ins/end-others/", follow=True))
    assert is_in(here)
    assert not any(is_in(other) for other in others)


def test_nobody_ends_the_sign_ins_of_somebody_else(analyst):
    rival = make_bank("Rival Bank", "us", people=True).people["analyst"]
    mine, theirs = known(analyst), known(rival)
    with tenant(analyst.organisation_id):
        identifier = SignIn.objects.get(person=analyst).id

    theirs.post(f"/accounts/sign-ins/{show('sgn', identifier)}/end/")
    assert is_in(mine)


def test_a_new_password_ends_every_other_sign_in_and_every_token(analyst):
    here, there = known(analyst), known(analyst)
    create_token(person=analyst, address="192.0.2.1")
    form = {"current": PASSWORD, "new": NEW, "again": NEW}
    assert "Your password is changed" in text_of(here.post("/accounts/password/", form, follow=True))
    assert is_in(here)
    assert not is_in(there)
    with tenant(analyst.organisation_id):
        assert not AccessToken.objects.filter(person=analyst).exists()
        assert SignIn.objects.filter(person=analyst, ended_at=None).count() == 1
    assert Client().login(username=analyst.email, password=NEW)
    assert "person.password_changed" in actions_of(analyst)


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"current": "wrong", "new": NEW, "again": NEW}, "Your present password is not right."),
        ({"current": PASSWORD, "new": NEW, "again": NEW + "!"}, "The two new passwords are not the same."),
        ({"current": PASSWORD, "new": "short", "again": "short"}, "too short"),
        ({"current": PASSWORD, "new": "passwordpassword", "again": ""}, "Both fields"),
        ({}, "Your present password is not right."),
    ],
)
def test_a_password_is_not_changed_on_a_whim(analyst, form, words):
    client = known(analyst)
    assert words in text_of(client.post("/accounts/password/", form, follow=True))
    assert Client().login(username=analyst.email, password=PASSWORD)


def test_changing_how_one_signs_in_asks_for_the_password_after_a_while(analyst):
    client = known(analyst)
    assert client.get("/accounts/second-factor/add/").status_code == 200
    with at(16):
        answer = client.get("/accounts/second-factor/add/")
        assert answer["Location"] == "/accounts/confirm/?next=/accounts/second-factor/add/"
        wrong = client.post(
            "/accounts/confirm/", {"password": "wrong", "next": "/accounts/second-factor/add/"}
        )
        assert "This is not your password." in text_of(wrong)
        assert_is_strict(wrong)
        right = {"password": PASSWORD, "next": "https://elsewhere.example/"}
        assert client.post("/accounts/confirm/", right)["Location"] == ACCOUNT
        assert client.get("/accounts/second-factor/add/").status_code == 200


def test_a_right_that_is_taken_away_is_gone_with_the_next_click(analyst):
    client = known(analyst)
    with tenant(analyst.organisation_id):
        team_id = Membership.objects.get(person=analyst).team_id
    assert client.get(f"/t/{team_id}/team").status_code == 200
    with tenant(analyst.organisation_id):
        Membership.objects.filter(person=analyst).update(role="developer")
    assert client.get(f"/t/{team_id}/payload-schema").status_code == 200
    assert client.get(f"/t/{team_id}/").status_code == 403
    with tenant(analyst.organisation_id):
        Membership.objects.filter(person=analyst).delete()
    assert client.get(f"/t/{team_id}/team").status_code == 404


def test_somebody_deactivated_is_out_with_the_next_click(analyst):
    client = known(analyst)
    with tenant(analyst.organisation_id):
        Person.objects.filter(id=analyst.id).update(is_active=False)
    assert not is_in(client)


def test_a_session_without_its_sign_in_is_none(analyst):
    client = known(analyst)
    session = client.session
    for name in [name for name, _ in session.items() if name.startswith("ratel.")]:
        del session[name]
    session.save()
    assert not is_in(client)


def test_the_key_of_a_session_is_kept_sealed(analyst):
    client = known(analyst)
    key = client.session.session_key
    assert Session.objects.filter(session_key=key).exists()
    with tenant(analyst.organisation_id):
        assert key.encode() not in bytes(SignIn.objects.get(person=analyst).sealed_session_key)


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19 Safari/604.1",
            "Safari on iPhone",
        ),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko Firefox/140.0", "Firefox on Linux"),
        ("curl/8", "Another program"),
        ("", "Another program"),
    ],
)
def test_a_browser_is_named_so_that_its_person_knows_it(agent, words):
    assert browser_of(agent) == words
