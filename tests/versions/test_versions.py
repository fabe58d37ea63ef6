"""An address that will go away says so in every answer, for a year at least."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from drf_spectacular.generators import SchemaGenerator

from ratel import versions
from ratel.versions import Deprecation
from tests.cast import Bank, Caller, make_bank
from tests.evaluate.test_both_ways import directly

SINCE = datetime(2026, 3, 1, tzinfo=UTC)
UNTIL = SINCE + timedelta(days=366)
SAID = {
    "Deprecation": "@1772323200",
    "Sunset": "Tue, 02 Mar 2027 00:00:00 GMT",
    "Link": '</api/newer>; rel="successor-version", </api/docs>; rel="deprecation", </api/docs>; rel="sunset"',
}


@pytest.fixture(scope="module")
def bank() -> Bank:
    return make_bank("Acme Bank", "us")


@pytest.fixture
def deprecated(monkeypatch: pytest.MonkeyPatch) -> None:
    for address in ("/api/transactions/evaluate", "/api/rules"):
        monkeypatch.setitem(versions.DEPRECATED, address, Deprecation(SINCE, UNTIL, "/api/newer"))


def said(headers: dict[str, str]) -> dict[str, str]:
    return {name: headers[name] for name in SAID if name in headers}


def test_nothing_goes_away_today(bank: Bank) -> None:
    assert versions.DEPRECATED == {}
    assert said(bank.callers["us"].get("/api/rules").headers) == {}


@pytest.mark.usefixtures("deprecated")
def test_every_answer_of_the_address_and_of_those_below_it_says_so(bank: Bank) -> None:
    caller = bank.callers["us"]
    for answer, status in (
        (caller.get("/api/rules"), 200),
        (caller.get("/api/rules/rul_unknown"), 404),
        (Caller().get("/api/rules"), 401),
        (caller.evaluate(), 200),
        (caller.evaluate(amount=-1), 400),
    ):
        assert answer.status == status
        assert said(answer.headers) == SAID
    for path in ("/api/alerts", "/api/rulesets", "/healthz"):
        assert said(caller.get(path).headers) == {}


@pytest.mark.usefixtures("deprecated")
def test_calls_past_the_framework_say_it_too(bank: Bank) -> None:
    key = {"HTTP_X_API_KEY": str(bank.callers["us"].key)}
    for path in ("/api/transactions/evaluate", "/api/transactions/evaluate/batch"):
        _, _, headers = directly(path, b"{}", key)
        assert said(headers) == SAID


@pytest.mark.usefixtures("deprecated")
def test_the_document_marks_them_deprecated() -> None:
    document: Any = SchemaGenerator().get_schema(request=None, public=True)
    marked = {
        path
        for path, operations in document["paths"].items()
        if any(operation.get("deprecated") for operation in operations.values())
    }
    assert "/api/rules/{rule_id}" in marked
    assert {
        path for path in marked if not path.startswith(("/api/rules", "/api/transactions/evaluate"))
    } == set()


def test_the_times_are_those_of_the_table() -> None:
    headers = Deprecation(SINCE, UNTIL, "/api/newer").headers
    assert datetime.fromtimestamp(int(headers["Deprecation"][1:]), UTC) == SINCE
    assert parsedate_to_datetime(headers["Sunset"]) == UNTIL


def test_an_address_that_goes_within_a_year_cannot_be_written_down() -> None:
    with pytest.raises(ValueError, match="twelve months"):
        Deprecation(SINCE, SINCE + timedelta(days=364), "/api/newer")
