"""`/api/schema` and `/api/docs`: open to everybody, valid, complete, and true of what the server answers."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.urls import get_resolver
from drf_spectacular.validation import validate_schema
from jsonschema_rs import validator_for

from ratel import problem
from ratel.requests import API_PREFIXES
from tests.cast import Caller, make_bank

OUTSIDE_THE_DOCUMENT = {"api/schema", "api/docs", "api/docs.js"}


@pytest.fixture(scope="module")
def document():
    return Caller().get("/api/schema").body


def operations(document):
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def test_the_document_is_json_and_needs_no_key():
    for path in ("/api/schema", "/api/schema?format=json"):
        answer = Caller().get(path)
        assert (answer.status, answer.headers["Content-Type"]) == (200, "application/json")
        assert answer.body["openapi"].startswith("3.1")


def test_every_address_of_the_api_is_in_the_document(document):
    routes = set()
    for group in get_resolver().url_patterns:
        for pattern in getattr(group, "url_patterns", []):
            route = str(group.pattern) + str(pattern.pattern)
            if ("/" + route).startswith(API_PREFIXES) and route not in OUTSIDE_THE_DOCUMENT:
                routes.add("/" + re.sub(r"<\w+:(\w+)>", r"{\1}", route))
    assert routes == set(document["paths"])


def test_the_document_is_valid_openapi(document):
    validate_schema(document)
    assert document["info"]["title"] == "Ratel"
    assert document["components"]["securitySchemes"]["apiKey"]["name"] == "X-API-Key"
    identities = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(identities) == len(set(identities))
    references = set(re.findall(r'"\$ref": "#/components/(\w+)/(\w+)"', json.dumps(document)))
    for kind, name in references:
        assert name in document["components"][kind]
    for path, _, operation in operations(document):
        declared = {one["name"] for one in operation.get("parameters", []) if one["in"] == "path"}
        assert declared == set(re.findall(r"{(\w+)}", path))
    for name in document["components"]["schemas"]:
        schema(document, {"$ref": f"#/components/schemas/{name}"})


def test_every_operation_names_its_errors(document):
    for path, method, operation in operations(document):
        answers = set(operation["responses"])
        assert {"401", "403", "405", "500", "503"} <= answers, (path, method)
        if "requestBody" in operation:
            assert {"400", "413", "415"} <= answers, (path, method)
        if "{" in path:
            assert "404" in answers, (path, method)


def test_every_refusal_of_the_project_has_its_answer(document):
    """A dialect's own refusals are in its own shape, with its operations."""
    for kind in problem.Refusal.__subclasses__():
        if kind is not problem.NotJSON and kind.__module__ == problem.__name__:
            assert kind.__name__ in document["components"]["responses"]


def schema(document, root):
    return validator_for({**root, "components": document["components"]})


def test_every_example_fits_its_schema(document):
    shown = 0
    for _, _, operation in operations(document):
        bodies = [operation.get("requestBody", {}), *operation["responses"].values()]
        for body in bodies:
            for content in body.get("content", {}).values():
                for example in content.get("examples", {}).values():
                    schema(document, content["schema"]).validate(example["value"])
                    shown += 1
    assert shown >= 7


def fits(document, path, method, answer):
    declared = document["paths"][path][method]["responses"][str(answer.status)]
    if "$ref" in declared:
        declared = document["components"]["responses"][declared["$ref"].rpartition("/")[2]]
    schema(document, declared["content"]["application/json"]["schema"]).validate(answer.body)


def test_answers_are_as_the_document_says(document):
    caller = make_bank("Acme", "id").callers["id"]
    evaluate, batch = "/api/transactions/evaluate", "/api/transactions/evaluate/batch"
    since = (datetime.now(UTC) - timedelta(days=10)).date().isoformat()
    large = {"amountIdr": 500_000_000, "customerSince": since, "externalId": "x"}
    for answer in (
        caller.evaluate(**large),
        caller.evaluate(**large),
        caller.evaluate(**{**large, "amountIdr": 1}),
        caller.explain(amount=1),
        caller.evaluate(amount=1, persist=False),
        caller.evaluate(amount=-1),
        Caller().evaluate(amount=1),
    ):
        fits(document, evaluate, "post", answer)
    items = [{"customerId": "c", "direction": "debit", "amount": 1, "channel": "atm"}, {"amount": "x"}]
    fits(document, batch, "post", caller.post(batch, {"batch": items}))
    fits(document, batch, "post", caller.post(batch + "?include=layers", {"batch": items}))
    listed = caller.get("/api/alerts")
    fits(document, "/api/alerts", "get", listed)
    fits(document, "/api/alerts/{alert_id}", "get", caller.get(f"/api/alerts/{listed.data[0]['id']}"))
    fits(document, "/api/decision-policy/versions", "get", caller.get("/api/decision-policy/versions"))


@pytest.mark.parametrize("pack", ["ng", "id", "us"])
def test_every_rule_of_every_pack_is_as_the_document_says(document, pack):
    caller = make_bank("Acme", pack).callers[pack]
    fits(document, "/api/rules", "get", caller.get("/api/rules?limit=200"))
    fits(document, "/api/decision-policy", "get", caller.get("/api/decision-policy"))


def test_the_browser_comes_from_here_alone_under_a_strict_policy():
    answer = Caller().call("GET", "/api/docs")
    page = answer.body.decode()
    assert answer.status == 200
    assert not re.findall(r"(?:src|href)=\"(?:https?:)?//", page)
    assert "<style" not in page and not re.search(r"<script(?![^>]*src=)", page)
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    for script in re.findall(r'(?:src|href)="(/static/[^"]+)"', page):
        assert Caller().client.get(script).status_code == 200
    assert b"SwaggerUIBundle" in Caller().call("GET", "/api/docs.js").body


def test_a_wrong_method_and_an_unknown_address_answer_in_the_envelope():
    for method, path, status in (
        ("POST", "/api/schema", 405),
        ("DELETE", "/api/docs", 405),
        ("GET", "/api/nothing", 404),
        ("POST", "/api/rules/", 404),
        ("PATCH", "/api/alerts/x/y", 404),
        ("GET", "/api/", 404),
    ):
        answer = Caller().call(method, path)
        assert (answer.status, answer.headers["Content-Type"]) == (status, "application/json")
        assert answer.body["ok"] is False and answer.error["status"] == status
