"""The OpenAPI document, fuzzed: no 5xx, only documented statuses, and every answer as it is described."""

import itertools
import os
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import checks
from schemathesis.specs.openapi import checks as openapi_checks

from cases.models import Alert
from ratel.identifiers import show
from ratel.requests import API_PREFIXES
from ratel.wsgi import application
from screening.models import Rule, Transaction
from tests.cast import Bank, make_bank
from tests.evaluate.rules import add_rules, rule
from tests.tenancy import things

HELD = [
    checks.not_a_server_error,
    openapi_checks.status_code_conformance,
    openapi_checks.content_type_conformance,
    openapi_checks.response_headers_conformance,
    openapi_checks.response_schema_conformance,
    openapi_checks.unsupported_method,
    openapi_checks.missing_required_header,
]
# For each of some hundred operations; `make fuzz` asks for more, and for others each time.
USUAL_CASES = 20
CASES = int(os.environ.get("FUZZ_CASES", USUAL_CASES))
_turns = itertools.count()


@pytest.fixture(scope="module")
def bank() -> Bank:
    """With an alert, rules of its pack and a rule of its own, so that some ids can be found."""
    bank = make_bank("Acme Bank", "id", people=True)
    add_rules(bank, "id", rule("OWN", {"field": "amount", "operator": ">=", "value": 10**17}))
    assert bank.callers["id"].evaluate(amountIdr=900_000_000, country="KP").data["alertId"]
    for _ in range(5):
        things.plant(bank, "id")
    return bank


@pytest.fixture(scope="module")
def identifiers(bank: Bank) -> dict[str, list[str]]:
    with bank.seeing("id"):
        bank.teams["id"].product_code = "P1"
        bank.teams["id"].save(update_fields=["product_code"])
        return {
            "rule_id": [
                show("rul", one) for one in Rule.objects.order_by("-id").values_list("id", flat=True)
            ],
            "alert_id": [show("alt", one) for one in Alert.objects.values_list("id", flat=True)],
            "transaction_id": [show("txn", one) for one in Transaction.objects.values_list("id", flat=True)],
            "team_id": [str(bank.teams["id"].id)],
            "product_id": ["P1"],
            "version": ["1"],
        } | {name: things.ids_of(bank, "id", name) for name in things.MODELS}


@pytest.fixture(scope="module")
def document(bank: Bank) -> Any:
    return schemathesis.openapi.from_wsgi("/api/schema", application)


api = schemathesis.pytest.from_fixture("document")


@api.parametrize()
@settings(
    max_examples=CASES,
    deadline=None,
    derandomize=CASES == USUAL_CASES,
    suppress_health_check=list(HealthCheck),
)
def test_every_answer_is_as_the_document_says(
    case: Any, bank: Bank, identifiers: dict[str, list[str]]
) -> None:
    """Every other call names something that exists, where the address takes an id."""
    for name in case.path_parameters or {}:
        if next(_turns) % 2 and identifiers.get(name):
            case.path_parameters[name] = identifiers[name][next(_turns) % len(identifiers[name])]
    case.call_and_validate(headers={"X-API-Key": bank.callers["id"].key}, checks=HELD)


def test_the_document_describes_every_address_of_the_api(document: Any) -> None:
    from tests.tenancy.test_other_peoples_ids import routes

    described = set(document.raw_schema["paths"])
    served = {
        "/" + route.replace("<str:", "{").replace(">", "}")
        for route, _ in routes()
        if ("/" + route).startswith(API_PREFIXES) and not route.startswith(("api/schema", "api/docs"))
    }
    assert served <= described
    assert described <= served | {"/api/schema"}
