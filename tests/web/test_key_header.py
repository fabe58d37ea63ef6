"""A header that means something to the API only: pages must not be moved by it."""

import pytest
from django.test import Client

from tests.cast import Bank, make_bank
from tests.tenancy.test_other_peoples_ids import routes

ROUTES = sorted({route for route, _ in routes()})
METHODS = ["get", "head", "post", "put", "patch", "delete", "options"]
API_HEADERS = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}


@pytest.fixture(scope="module")
def bank() -> Bank:
    return make_bank("Acme Bank", "us", people=True)


def address_of(route: str) -> str:
    """The address of a route, with something that is nobody's id in the place of ids."""
    return "/" + "/".join(["1" if part.startswith("<") else part for part in route.split("/")])


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("route", ROUTES)
def test_no_address_fails_with_a_key_in_the_header(bank: Bank, route: str, method: str) -> None:
    for key in ("", "x", bank.callers["us"].key):
        answer = getattr(Client(), method)(address_of(route), headers={"X-API-Key": key})
        # 503 is what /readyz says while no lists are loaded.
        assert answer.status_code != 500, key


def test_a_key_in_the_header_opens_no_page(bank: Bank) -> None:
    answer = Client().get("/", headers={"X-API-Key": bank.callers["us"].key})
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/?next=/")


def test_a_signed_in_person_is_shown_the_page_whatever_key_is_sent(bank: Bank) -> None:
    client = bank.session("officer", "us").client
    answer = client.get("/", headers={"X-API-Key": "x"}, follow=True)
    assert answer.status_code == 200
    assert "Content-Security-Policy" in answer.headers


def test_a_key_in_the_header_does_not_spare_a_form_its_csrf_token(bank: Bank) -> None:
    client = Client(enforce_csrf_checks=True)
    form = {"username": bank.people["officer"].email, "password": "x"}
    assert client.post("/accounts/login/", form, headers={"X-API-Key": "x"}).status_code == 403


@pytest.mark.parametrize("key", [True, False], ids=["with a key", "without"])
@pytest.mark.parametrize("route", [route for route in ROUTES if route.startswith("api/")])
def test_answers_of_the_api_are_kept_by_no_cache_and_sniffed_by_no_browser(
    bank: Bank, route: str, key: bool
) -> None:
    headers = {"X-API-Key": bank.callers["us"].key} if key else {}
    for method in ("get", "post"):
        answer = getattr(Client(), method)(address_of(route), headers=headers)
        assert {name: answer.headers[name] for name in API_HEADERS} == API_HEADERS


def test_pages_keep_the_headers_of_their_own(bank: Bank) -> None:
    answer = bank.session("officer", "us").client.get("/")
    assert "private" in answer.headers["Cache-Control"]
