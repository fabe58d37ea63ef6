"""Passkeys: a signature is good for one challenge, one person and one site."""

import html
import json
import re
from dataclasses import replace

import pytest

from ratel.identifiers import show
from ratel.tenancy import tenant
from teams.models import Passkey, RecoveryCode
from tests.cast import make_bank
from tests.sign_in.device import Device
from tests.sign_in.people import ACCOUNT, ADD, SECOND, actions_of, is_in, known, proofs_of, with_new_people
from tests.web.pages import assert_is_strict, text_of


@pytest.fixture(scope="module")
def bank():
    return make_bank("Acme Bank", "us", people=True)


@pytest.fixture
def people(bank):
    return with_new_people(bank).people


@pytest.fixture
def analyst(people):
    return people["analyst"]


def options_on(client, path, **extra) -> dict:
    page = client.get(path, **extra)
    found = re.search(r'data-options="([^"]+)"', page.content.decode())
    assert found, text_of(page)
    return json.loads(html.unescape(found[1]))


def add(client, device, name="My laptop"):
    form = {"kind": "passkey", "passkey": device.make(options_on(client, ADD)), "name": name}
    return client.post(ADD, form)


def answer(client, signed: str):
    return client.post(SECOND, {"kind": "passkey", "passkey": signed})


@pytest.fixture
def device(analyst):
    """A device that is known as the analyst's."""
    made = Device()
    assert add(known(analyst), made)["Location"] == "/accounts/recovery-codes/"
    return made


def test_a_passkey_is_asked_for_and_signs_in(analyst, device):
    client = known(analyst)
    assert not is_in(client)
    assert_is_strict(client.get(SECOND))
    options = options_on(client, SECOND)
    assert options["rpId"] == "testserver"
    assert answer(client, device.sign(options)).status_code == 303
    assert is_in(client)
    assert proofs_of(analyst)[-1] == "password and passkey"
    assert "My laptop" in text_of(client.get(ACCOUNT))


def test_a_signature_is_good_for_its_own_challenge(analyst, device):
    client = known(analyst)
    first = device.sign(options_on(client, SECOND))
    options_on(client, SECOND)
    assert "not accepted" in text_of(answer(client, first))
    options = options_on(client, SECOND)
    signed = device.sign(options)
    assert answer(client, signed).status_code == 303
    other = known(analyst)
    assert "not accepted" in text_of(answer(other, signed)), "another browser was asked something else"
    assert not is_in(other)


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"origin": "https://elsewhere.example"},
        {"site": "elsewhere.example"},
        {"origin": "http://testserver:81"},
    ],
    ids=["another origin", "another site", "another port"],
)
def test_a_signature_made_elsewhere_is_worth_nothing_here(analyst, device, elsewhere):
    client = known(analyst)
    assert "not accepted" in text_of(
        answer(client, replace(device, **elsewhere).sign(options_on(client, SECOND)))
    )
    assert not is_in(client)


def test_a_copy_of_a_device_is_noticed_by_its_counter(analyst, device):
    client = known(analyst)
    device.counter = 7
    assert answer(client, device.sign(options_on(client, SECOND))).status_code == 303
    device.counter = 3
    again = known(analyst)
    assert "not accepted" in text_of(answer(again, device.sign(options_on(again, SECOND))))


def test_nobody_signs_in_with_the_device_of_somebody_else(people, analyst, device):
    theirs = Device()
    add(known(people["auditor"]), theirs)
    client = known(analyst)
    assert "not accepted" in text_of(answer(client, theirs.sign(options_on(client, SECOND))))
    forged = replace(device, key=theirs.key)
    assert "not accepted" in text_of(answer(client, forged.sign(options_on(client, SECOND))))
    assert not is_in(client)
    assert "person.second_factor_refused" in actions_of(analyst)


def test_nobody_removes_the_passkey_of_somebody_else(people, analyst, device):
    with tenant(analyst.organisation_id):
        passkey_id = show("pky", Passkey.objects.get(person=analyst).id)
    stranger = known(people["auditor"])
    page = stranger.post(f"/accounts/passkeys/{passkey_id}/remove/", follow=True)
    assert "There is no such second factor" in text_of(page)
    with tenant(analyst.organisation_id):
        assert Passkey.objects.filter(person=analyst).exists()


def test_one_of_two_is_removed_and_the_other_goes_on(analyst):
    client, first, second = known(analyst), Device(), Device()
    add(client, first, "First")
    assert add(client, second, "Second")["Location"] == ACCOUNT, "recovery codes come once"
    with tenant(analyst.organisation_id):
        gone = show("pky", Passkey.objects.get(person=analyst, name="First").id)
    assert "It is removed." in text_of(client.post(f"/accounts/passkeys/{gone}/remove/", follow=True))
    again = known(analyst)
    assert "not accepted" in text_of(answer(again, first.sign(options_on(again, SECOND))))
    assert answer(again, second.sign(options_on(again, SECOND))).status_code == 303
    with tenant(analyst.organisation_id):
        assert RecoveryCode.objects.filter(person=analyst).count() == 10


def test_a_device_is_added_once_and_only_for_what_was_asked(analyst):
    client, made = known(analyst), Device()
    add(client, made)
    options = options_on(client, ADD)
    assert len(options["excludeCredentials"]) == 1
    form = {"kind": "passkey", "passkey": made.make(options), "name": "Again"}
    assert "known already" in text_of(client.post(ADD, form))
    stale = Device().make(options)
    assert "does not fit" in text_of(client.post(ADD, {"kind": "passkey", "passkey": stale}))


@pytest.mark.parametrize(
    "given", ["", "{}", "[]", "no json", '{"rawId": 7}', '{"response": {}}', "{" * 15_000]
)
def test_odd_answers_are_refused_in_peace(analyst, device, given):
    client = known(analyst)
    options_on(client, SECOND)
    assert "not accepted" in text_of(answer(client, given))
    with tenant(analyst.organisation_id):
        Passkey.objects.filter(person=analyst).delete()
    signed_in = known(analyst)
    options_on(signed_in, ADD)
    refused = signed_in.post(ADD, {"kind": "passkey", "passkey": given})
    assert refused.status_code == 200
    assert 'role="alert"' in refused.content.decode()


def test_under_an_address_instead_of_a_name_there_are_none(analyst, device):
    client = known(analyst)
    page = client.get(SECOND, headers={"Host": "127.0.0.1:8000"})
    assert "Passkeys work under the name of this site" in text_of(page)
    assert "data-options" not in page.content.decode()
