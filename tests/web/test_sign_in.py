"""Signing in and out, and what guessing meets."""

import pytest
import redis
from django.conf import settings
from django.test import Client

from ratel.tenancy import tenant
from teams import lockout
from teams.models import AuditEntry, Person
from tests.cast import make_bank
from tests.web.pages import SIGN_IN, assert_is_strict, sign_in, text_of

REFUSED = "This e-mail and password do not belong together."
LOCKED = "Too many attempts."


@pytest.fixture(scope="module")
def acme():
    return make_bank("Acme Bank", "ng", people=True)


@pytest.fixture
def analyst(acme):
    """The bank's analyst, whose earlier attempts are forgotten."""
    for address in ("192.0.2.1", "192.0.2.2"):
        lockout.forgive(acme.people["analyst"].email, address)
    return acme.people["analyst"]


def actions_of(person: Person) -> list[str]:
    with tenant(person.organisation_id):
        return list(AuditEntry.objects.filter(subject_id=str(person.id)).values_list("action", flat=True))


def test_a_stranger_is_sent_to_the_sign_in_page_and_back_after_it(analyst):
    client = Client()
    answer = client.get("/")
    assert (answer.status_code, answer["Location"]) == (302, f"{SIGN_IN}?next=/")
    answer = sign_in(client, analyst.email, next="/")
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert client.get("/accounts/").status_code == 200


def test_the_page_asks_for_email_and_password_and_is_strict():
    answer = Client().get(SIGN_IN)
    page = answer.content.decode()
    assert '<label for="id_username">Email</label>' in page
    assert '<label for="id_password">Password</label>' in page
    assert 'name="username"' in page
    assert 'name="password"' in page
    assert_is_strict(answer)


def test_an_email_is_known_whatever_its_case(analyst):
    assert sign_in(Client(), analyst.email.upper()).status_code == 302


def test_a_wrong_password_and_an_unknown_email_look_the_same(analyst):
    wrong = sign_in(Client(), analyst.email, "not the password")
    unknown = sign_in(Client(), "nobody@example.com", "not the password")
    assert REFUSED in text_of(wrong)
    assert text_of(wrong) == text_of(unknown)
    assert wrong.status_code == unknown.status_code == 200
    assert_is_strict(wrong)


def test_somebody_who_left_cannot_sign_in_and_is_told_nothing_else(acme):
    auditor = acme.people["auditor"]
    with tenant(acme.id):
        Person.objects.filter(id=auditor.id).update(is_active=False)
    assert REFUSED in text_of(sign_in(Client(), auditor.email))


def test_ten_wrong_passwords_lock_the_email_at_that_address(analyst):
    for _ in range(10):
        assert REFUSED in text_of(sign_in(Client(), analyst.email, "not the password"))
    answer = sign_in(Client(), analyst.email)
    assert (answer.status_code, answer["Retry-After"]) == (429, "900")
    assert LOCKED in text_of(answer)
    assert sign_in(Client(), analyst.email, address="192.0.2.2").status_code == 302
    assert_is_strict(answer)


def test_an_unknown_email_is_locked_alike():
    answers = [sign_in(Client(), "stranger@example.com", "guess", address="192.0.2.3") for _ in range(11)]
    assert [answer.status_code for answer in answers] == [200] * 10 + [429]
    lockout.forgive("stranger@example.com", "192.0.2.3")


def test_the_right_password_forgets_the_wrong_ones(analyst):
    for _ in range(2):
        for _ in range(9):
            sign_in(Client(), analyst.email, "not the password")
        assert sign_in(Client(), analyst.email).status_code == 302


def test_attempts_are_forgotten_after_a_quarter_of_an_hour(analyst):
    store = redis.Redis.from_url(settings.REDIS_URL)
    sign_in(Client(), analyst.email, "not the password")
    # Those of other tests may end at this very moment.
    name = lockout._name(analyst.email, "192.0.2.1")
    assert 0 < store.ttl(name) <= 900


def test_what_is_counted_names_nobody(analyst):
    sign_in(Client(), analyst.email, "not the password")
    store = redis.Redis.from_url(settings.REDIS_URL)
    assert not any(analyst.email.encode() in name or b"192.0.2" in name for name in store.scan_iter("*"))


def test_without_redis_each_process_counts_by_itself(analyst, monkeypatch):
    monkeypatch.setattr(lockout, "_store", redis.Redis(port=1, socket_connect_timeout=0.2))
    monkeypatch.setattr(lockout, "_own", {})
    allowed = [lockout.attempt(analyst.email, "192.0.2.9") for _ in range(11)]
    assert allowed == [True] * 10 + [False]
    assert lockout.attempt(analyst.email, "192.0.2.10")


def test_signing_in_and_out_is_in_the_audit_trail(analyst):
    client = Client()
    sign_in(client, analyst.email, "not the password")
    sign_in(client, analyst.email)
    before = actions_of(analyst)
    assert "person.sign_in_refused" in before
    assert "person.signed_in" in before
    answer = client.post("/accounts/logout/")
    assert (answer.status_code, answer["Location"]) == (302, SIGN_IN)
    assert actions_of(analyst).count("person.signed_out") == before.count("person.signed_out") + 1
    assert client.get("/").status_code == 302


def test_a_link_signs_nobody_out(analyst):
    client = Client()
    sign_in(client, analyst.email)
    assert client.get("/accounts/logout/").status_code == 405
    assert client.get("/accounts/").status_code == 200


def test_the_way_back_leads_to_no_other_host(analyst):
    answer = sign_in(Client(), analyst.email, next="https://elsewhere.example/")
    assert answer["Location"] == "/"


def test_a_form_from_elsewhere_is_refused(analyst):
    client = Client(enforce_csrf_checks=True)
    assert sign_in(client, analyst.email).status_code == 403


def test_the_session_cookie_is_out_of_reach_of_scripts(analyst):
    client = Client()
    sign_in(client, analyst.email)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


@pytest.mark.parametrize("email", ["", "x" * 300, "a\x00b@example.com", "no address"])
def test_odd_emails_are_refused_in_peace(email):
    assert sign_in(Client(), email, "p" * 2000).status_code == 200
