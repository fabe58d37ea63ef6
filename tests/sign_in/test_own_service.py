"""Sign-in through the organisation's own service: against a real provider, honest and lying."""

import json
import signal
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from ratel.embedded import process
from ratel.embedded.redis import free_port
from ratel.tenancy import tenant
from teams import oidc
from teams.models import Person
from tests.cast import make_bank
from tests.sign_in.people import SECOND, actions_of, give_app, is_in, proofs_of, with_new_people
from tests.web.pages import text_of

PROVIDER = Path(__file__).parent / "provider.py"
REFUSED = "did not vouch for anybody who works here"


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _Stay)


@pytest.fixture(scope="module")
def provider(tmp_path_factory) -> Iterator[str]:
    """The address of a provider that runs as a process of its own."""
    port, log = free_port(), tmp_path_factory.mktemp("provider") / "log"
    address = f"http://127.0.0.1:{port}"
    with log.open("ab") as output:
        running = process.start([sys.executable, str(PROVIDER), str(port)], log=output)
    try:
        for _ in range(600):
            assert running.poll() is None, process.tail(log, 20)
            try:
                _opener.open(f"{address}/keys", timeout=5)
                break
            except urllib.error.URLError:
                time.sleep(0.05)
        yield address
    finally:
        process.stop(running, [(signal.SIGTERM, 2.0), (signal.SIGKILL, 2.0)])


@pytest.fixture(scope="module")
def bank():
    return make_bank("Acme Bank", "us", people=True)


@pytest.fixture
def officer(bank):
    return with_new_people(bank).people["officer"]


@pytest.fixture(autouse=True)
def service(provider, settings):
    settings.RATEL_OIDC_ISSUER = provider
    settings.RATEL_OIDC_CLIENT_ID, settings.RATEL_OIDC_CLIENT_SECRET = "ratel", "a secret & a half"
    oidc._kept.clear()
    vouch(provider)
    return provider


def vouch(provider: str, lie: str = "", **claims) -> None:
    """What the provider says from now on."""
    body = json.dumps({"claims": claims, "lie": lie}).encode()
    _opener.open(f"{provider}/control", body, timeout=5)


def sent(client: Client, onwards: str = "") -> str:
    """The address at the provider where the browser is sent."""
    answer = client.get("/accounts/oidc/" + (f"?next={onwards}" if onwards else ""))
    assert answer.status_code == 302
    return answer["Location"]


def back(address: str) -> str:
    """The address of ours where the provider sends the browser."""
    with pytest.raises(urllib.error.HTTPError) as redirected:
        _opener.open(address, timeout=5)
    location = urlsplit(redirected.value.headers["Location"])
    return f"{location.path}?{location.query}"


def through(client: Client, onwards: str = ""):
    return client.get(back(sent(client, onwards)))


def test_whoever_is_vouched_for_is_signed_in_and_led_on(service, officer):
    vouch(service, email=officer.email.upper())
    client = Client()
    assert "Sign in with your organisation" in text_of(client.get("/accounts/login/"))
    answer = through(client, "/api/docs")
    assert (answer.status_code, answer["Location"]) == (303, "/api/docs")
    assert is_in(client)
    assert proofs_of(officer) == ["own service"]


def test_what_is_asked_has_a_state_a_nonce_and_a_challenge(service):
    first, second = (
        {name: values[0] for name, values in parse_qs(urlsplit(sent(Client())).query).items()}
        for _ in range(2)
    )
    assert first["scope"] == "openid email"
    for name in ("state", "nonce", "code_challenge"):
        assert len(first[name]) >= 43
        assert first[name] != second[name]


LIES = ["issuer", "audience", "party", "expired", "nonce", "no nonce", "signature", "unsigned", "shared"]


@pytest.mark.parametrize("lie", [*LIES, "unverified", "verified in words", "name"])
def test_a_lie_signs_nobody_in(service, officer, lie):
    client = Client()
    vouch(service, email=officer.email)
    address = sent(client)
    vouch(service, lie, email=officer.email)
    oidc._kept.clear()
    answer = client.get(back(address), follow=True)
    assert REFUSED in text_of(answer)
    assert not is_in(client)
    assert "person.signed_in" not in actions_of(officer)


def test_a_new_key_of_the_service_is_learned(service, officer):
    vouch(service, email=officer.email)
    through(Client())
    vouch(service, "new key", email=officer.email)
    client = Client()
    through(client)
    assert is_in(client)


def test_an_answer_is_good_once_in_the_browser_that_asked(service, officer):
    vouch(service, email=officer.email)
    asking, other = Client(), Client()
    answered = back(sent(asking))
    assert other.get(answered).status_code == 404
    sent(other)
    assert REFUSED in text_of(other.get(answered, follow=True)), "another state"
    assert not is_in(other)
    # The other browser has not used the code up: its state was wrong before the service was asked.
    asking.get(answered)
    assert is_in(asking)
    assert asking.get(answered).status_code == 404


@pytest.mark.parametrize("query", ["", "?code=x", "?state=x", "?error=access_denied"])
def test_an_answer_without_its_parts_is_refused(service, query):
    client = Client()
    sent(client)
    assert REFUSED in text_of(client.get(f"/accounts/oidc/callback/{query}", follow=True))


def test_nobody_is_made_from_what_the_service_says(service, officer):
    vouch(service, email="stranger@example.com")
    client = Client()
    assert REFUSED in text_of(client.get(back(sent(client)), follow=True))
    with tenant(officer.organisation_id):
        assert not Person.objects.filter(email="stranger@example.com").exists()
        Person.objects.filter(id=officer.id).update(is_active=False)
    vouch(service, email=officer.email)
    assert REFUSED in text_of(client.get(back(sent(client)), follow=True))


def test_a_second_factor_is_asked_for_unless_the_service_asked_for_several_proofs(service, officer):
    app = give_app(officer)
    vouch(service, email=officer.email, amr=["pwd"])
    client = Client()
    assert through(client)["Location"] == SECOND
    assert not is_in(client)
    client.post(SECOND, {"kind": "code", "code": app.code()})
    assert is_in(client)
    vouch(service, email=officer.email, amr=["pwd", "otp", "mfa"])
    strong = Client()
    through(strong)
    assert is_in(strong)
    assert proofs_of(officer) == ["own service and time code", "own service with several proofs"]


def test_the_way_on_leads_to_no_other_host(service, officer):
    vouch(service, email=officer.email)
    assert through(Client(), "https://elsewhere.example/")["Location"] == "/"


def test_a_service_that_is_away_is_told_in_one_sentence(service, settings):
    settings.RATEL_OIDC_ISSUER = f"http://127.0.0.1:{free_port()}"
    assert REFUSED in text_of(Client().get("/accounts/oidc/", follow=True))


@pytest.mark.parametrize("issuer", ["http://service.example", "file:///etc/passwd", "http://169.254.169.254"])
def test_a_service_without_https_is_never_asked(service, settings, issuer):
    settings.RATEL_OIDC_ISSUER = issuer
    with pytest.raises(oidc.NotVouched, match="not https"):
        oidc.ask("http://testserver/accounts/oidc/callback/")


def test_plain_http_on_this_machine_is_for_tests_only(service, settings):
    settings.RATEL_ENVIRONMENT = "production"
    with pytest.raises(oidc.NotVouched, match="not https"):
        oidc.ask("http://testserver/accounts/oidc/callback/")


def test_without_a_service_there_is_no_such_page(settings):
    settings.RATEL_OIDC_ISSUER = ""
    assert Client().get("/accounts/oidc/").status_code == 404
    assert Client().get("/accounts/oidc/callback/?code=x&state=y").status_code == 404
    assert "Sign in with your organisation" not in text_of(Client().get("/accounts/login/"))
