"""The OpenAPI document as it is kept in docs/openapi.json, and its examples, sent to the API as they stand."""

from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from jsonschema_rs import validator_for

from cases.models import Case
from ratel.identifiers import show
from ratel.management.commands.write_openapi import SNAPSHOT, written
from ratel.schema_urls import document
from screening.models import Rule
from tests.cast import Bank, make_bank
from tests.dialects.schemas import give_schema
from tests.dialects.test_framl import token_of
from tests.evaluate.rules import add_rules, rule
from tests.tenancy import things
from tests.tenancy.screening_things import ENTRY

DOCUMENT: dict[str, Any] = orjson.loads(document())
PACK = "id"
KINDS = {float: "Float", str: "String", bool: "Boolean"}
MAPPED = {"crossBorder": "isCrossBorder"}


def examples() -> Iterator[Any]:
    for path, operations in DOCUMENT["paths"].items():
        for method, operation in operations.items():
            for content in operation.get("requestBody", {}).get("content", {}).values():
                for name, example in content.get("examples", {}).items():
                    title = f"{operation['operationId']}-{name}"
                    yield pytest.param(path, method, operation, example["value"], id=title)


def test_the_snapshot_is_the_document_that_is_served() -> None:
    assert SNAPSHOT.read_text() == written(), "run: make openapi"


def test_every_dialect_and_most_resources_have_an_example() -> None:
    shown = {one.values[0] for one in examples()}
    assert len(shown) >= 15
    assert {
        "/api/transactions/evaluate",
        "/api/v1/transactions/screen",
        "/v1/transactions/screen",
        "/stream/v1",
        "/framl/products/{product_id}/transactions",
    } <= shown


@pytest.mark.parametrize(("path", "method", "operation", "body"), examples())
def test_an_example_is_answered_as_the_document_says(
    path: str, method: str, operation: Any, body: Any
) -> None:
    """What it names must be there: ids are those of things that were made for it, hosts those of this machine."""
    bank = make_bank("Example Bank", PACK, people=True)
    body = prepared(bank, operation["operationId"], body)
    headers: dict[str, str] = {}
    if operation["operationId"] == "decideFramlTransaction":
        path, headers = with_token(bank)
    answer = bank.callers[PACK].call(method.upper(), filled(bank, path), body, **headers)
    good = [status for status in operation["responses"] if status.startswith("2")]
    assert str(answer.status) in good, answer.body
    content = operation["responses"][str(answer.status)]["content"]["application/json"]
    schema = {**content["schema"], "components": DOCUMENT["components"]}
    validator_for(schema).validate(answer.body)


def prepared(bank: Bank, operation: str, body: Any) -> Any:
    """The example with what it needs around it."""
    caller = bank.callers[PACK]
    if operation == "createMatchDecision":
        assert (
            caller.post("/api/customers", {"customerId": body["customerId"], "fullName": "Somebody"}).status
            == 201
        )
        return {**body, "entryId": ENTRY}
    if operation == "streamTransaction":
        own = [
            {"key": key, "type": KINDS[type(value)], "mapsTo": MAPPED.get(key, key)}
            for key, value in body["data"].items()
            if key not in {"txn_id", "customer_id", "date_time"}
        ]
        assert give_schema(bank, PACK, own).status == 200
    if operation == "draftReport":
        caller.evaluate(amountIdr=900_000_000, country="KP", isCrossBorder=True)
        with bank.seeing(PACK):
            return {**body, "caseId": show("cas", Case.objects.get().id)}
    if operation == "createWebhookEndpoint":
        return {**body, "url": "http://127.0.0.1:9/hook"}
    if operation == "replayDeadLetters":
        things.plant(bank, PACK)
        return {**body, "endpointId": things.own_id(bank, PACK, "endpoint_id")}
    if isinstance(body, dict) and body.get("callback_url"):
        return {**body, "callback_url": "http://127.0.0.1:9/hook"}
    return body


def with_token(bank: Bank) -> tuple[str, dict[str, str]]:
    """The address of the team as a product, and the header of somebody who works in it."""
    with bank.seeing(PACK):
        bank.teams[PACK].product_code = "P1"
        bank.teams[PACK].save(update_fields=["product_code"])
    return "/framl/products/P1/transactions", {"Authorization": f"Token {token_of(bank)}"}


def filled(bank: Bank, path: str) -> str:
    """The address with ids of the bank's own things."""
    while "{" in path:
        before, _, rest = path.partition("{")
        name, _, after = rest.partition("}")
        path = f"{before}{identifier(bank, name)}{after}"
    return path


def identifier(bank: Bank, name: str) -> str:
    if name == "version":
        bank.callers[PACK].patch("/api/decision-policy", {"fourEyes": {"policy": True}})
        return str(bank.callers[PACK].patch("/api/decision-policy", {"txReviewScore": 41}).data["version"])
    if name == "team_id":
        return str(bank.teams[PACK].id)
    if name == "rule_id":
        add_rules(bank, PACK, rule("OWN", {"field": "amount", "operator": ">=", "value": 10**17}))
        with bank.seeing(PACK):
            return show("rul", Rule.objects.get(code="OWN").id)
    things.plant(bank, PACK)
    return things.own_id(bank, PACK, name)
