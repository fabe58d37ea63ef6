"""The second step of a sign-in: codes, recovery codes, what a team asks, and what guessing meets."""

import pytest
from django.test import Client

from ratel.sealing import unseal
from ratel.tenancy import tenant
from teams.models import RecoveryCode, TimeCode
from teams.second_factors import recovery_codes, time_codes
from tests.cast import make_bank
from tests.sign_in.people import (
    ACCOUNT,
    ADD,
    SECOND,
    App,
    actions_of,
    ask_of,
    give_app,
    is_in,
    known,
    proofs_of,
    secret_on,
    with_new_people,
)
from tests.web.pages import assert_is_strict, sign_in, text_of


@pytest.fixture(scope="module")
def acme():
    return make_bank("Acme Bank", "us", people=True)


@pytest.fixture(scope="module")
def officer(acme):
    return acme.people["officer"]


@pytest.fixture(scope="module")
def app(officer):
    return give_app(officer)


def code_in(client, code, kind="code"):
    return client.post(SECOND, {"kind": kind, "code": code})


def test_with_an_app_the_password_alone_opens_nothing(officer, app):
    client = known(officer, next="/t/")
    assert not is_in(client)
    assert client.get(ACCOUNT).status_code == 302
    answer = client.get(SECOND)
    assert "Code of your authenticator app" in text_of(answer)
    assert_is_strict(answer)
    assert "no-store" in answer["Cache-Control"]


def test_the_right_code_signs_in_and_leads_on(officer, app):
    client = known(officer, next="/api/docs")
    answer = code_in(client, app.code())
    assert (answer.status_code, answer["Location"]) == (303, "/api/docs")
    assert is_in(client)
    assert proofs_of(officer)[-1] == "password and time code"


def test_a_code_is_taken_once(acme):
    person = acme.people["analyst"]
    app = give_app(person)
    code = app.code()
    assert code_in(known(person), code).status_code == 303
    second = known(person)
    assert "not right now" in text_of(code_in(second, code))
    # Nor is an older one that was never used.
    assert "not right now" in text_of(code_in(second, app.code(-1)))
    assert not is_in(second)
    assert "person.second_factor_refused" in actions_of(person)


@pytest.mark.parametrize("code", ["", "000000", "abc", "١٢٣٤٥٦", "1" * 40, "1" * 400], ids=range(6))
def test_odd_codes_are_refused_in_peace(officer, app, code):
    client = known(officer)
    assert code_in(client, code).status_code == 200
    assert not is_in(client)


def test_guessing_is_stopped_for_the_person_wherever_it_comes_from(acme):
    person = acme.people["developer"]
    app = give_app(person)
    for address in ("192.0.2.31", "192.0.2.32"):
        client = Client(REMOTE_ADDR=address)
        assert sign_in(client, person.email, address=address).status_code == 302
        for _ in range(5):
            assert code_in(client, "000000").status_code == 200
    answer = code_in(client, app.code())
    assert (answer.status_code, answer["Retry-After"]) == (429, "900")
    assert not is_in(client)


def test_a_recovery_code_is_good_once(officer, app):
    with tenant(officer.organisation_id):
        code = recovery_codes.make(officer)[0]
    client = known(officer)
    assert code_in(client, code.upper().replace("-", " "), kind="recovery").status_code == 303
    assert is_in(client)
    again = known(officer)
    assert "none of your recovery codes" in text_of(code_in(again, code, kind="recovery"))
    assert not is_in(again)
    assert proofs_of(officer)[-1] == "password and recovery code"


def test_what_is_kept_is_sealed_and_hashed(officer, app):
    with tenant(officer.organisation_id):
        codes = recovery_codes.make(officer)
        stored = TimeCode.objects.get(person=officer)
        hashes = set(RecoveryCode.objects.filter(person=officer).values_list("code_hash", flat=True))
    assert app.secret.encode() not in bytes(stored.sealed_secret)
    assert unseal(bytes(stored.sealed_secret), stored.id.bytes).decode() == app.secret
    assert len(hashes) == len(codes) == 10
    assert not any(code.replace("-", "") in one for code in codes for one in hashes)


def test_somebody_halfway_can_change_nothing_of_their_factors(officer, app):
    client = known(officer)
    assert client.get(ADD)["Location"] == "/accounts/login/"
    assert client.post("/accounts/time-code/remove/").status_code == 302
    assert client.post("/accounts/recovery-codes/new/").status_code == 302
    with tenant(officer.organisation_id):
        assert TimeCode.objects.filter(person=officer).exists()


def test_nobody_comes_to_the_second_step_without_the_first():
    assert Client().get(SECOND)["Location"] == "/accounts/login/"
    assert Client().post(SECOND, {"kind": "code", "code": "000000"})["Location"] == "/accounts/login/"


def test_a_team_that_asks_for_it_has_it_set_up_before_anything_else(acme):
    bank = with_new_people(acme)
    ask_of(bank, "leads")
    officer, analyst = bank.people["officer"], bank.people["analyst"]
    assert is_in(known(analyst))
    client = known(officer, next="/api/docs")
    assert not is_in(client)
    assert client.get(SECOND)["Location"] == ADD
    page = client.get(ADD)
    assert "us asks for a second factor" in text_of(page)
    assert_is_strict(page)
    secret = secret_on(page.content.decode())
    wrong = client.post(ADD, {"kind": "code", "code": "000000"})
    assert secret_on(wrong.content.decode()) == secret, "a typing mistake asks for no new scan"
    answer = client.post(ADD, {"kind": "code", "code": App(secret).code()})
    assert answer["Location"] == "/accounts/recovery-codes/"
    shown = client.get("/accounts/recovery-codes/")
    assert shown.content.decode().count("-") >= 30
    assert "/api/docs" in shown.content.decode()
    assert client.get("/accounts/recovery-codes/").status_code == 303, "shown once"
    assert is_in(client)
    ask_of(bank, "everybody")
    assert not is_in(known(analyst))
    assert proofs_of(officer) == ["password and a new second factor"]


def test_the_last_factor_stays_while_a_team_asks_for_one(acme):
    bank = with_new_people(acme)
    officer = bank.people["officer"]
    app = give_app(officer)
    ask_of(bank, "everybody")
    client = known(officer)
    code_in(client, app.code())
    page = client.post("/accounts/time-code/remove/", follow=True)
    assert "us asks for a second factor" in text_of(page)
    ask_of(bank, "nobody")
    assert "It is removed." in text_of(client.post("/accounts/time-code/remove/", follow=True))
    assert is_in(known(officer))
    with tenant(bank.id):
        assert not RecoveryCode.objects.filter(person=officer).exists()
    assert actions_of(officer)[-2:] == ["person.second_factor_removed", "person.signed_in"]


def test_a_picture_of_the_secret_says_what_the_text_says(officer):
    address = time_codes.address_of(officer, time_codes.new_secret())
    assert address.startswith("otpauth://totp/Ratel:")
    width, path = time_codes.picture_of(address)
    assert width > 30
    assert path.count("M") > 300


def test_another_banks_rows_are_out_of_sight(officer, app):
    rival = make_bank("Rival Bank", "us")
    with tenant(rival.id):
        assert not TimeCode.objects.filter(person_id=officer.id).exists()
        assert not RecoveryCode.objects.filter(person_id=officer.id).exists()
