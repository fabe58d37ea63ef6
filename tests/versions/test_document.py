"""The OpenAPI document as it is kept in docs/openapi.json, and its examples, sent to the API as they stand."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from jsonschema_rs import validator_for

from ratel.management.commands.write_openapi import SNAPSHOT, written
from ratel.schema_urls import document
from tests.cast import Caller
from tests.fuzz.living import call_of, laid_over
from tests.fuzz.scene import Scene

DOCUMENT: dict[str, Any] = orjson.loads(document())


@pytest.fixture(scope="module")
def scenes() -> dict[str, Scene]:
    """For each part of the API a bank of its own: what one part changes, such as the policy, disturbs no other."""
    return defaultdict(Scene)


def examples() -> Iterator[Any]:
    for path, operations in DOCUMENT["paths"].items():
        for method, operation in operations.items():
            for content in operation.get("requestBody", {}).get("content", {}).values():
                for name, example in content.get("examples", {}).items():
                    title = f"{operation['operationId']}-{name}"
                    yield pytest.param(path, method, operation, example["value"], id=title)


def test_the_snapshot_is_the_document_that_is_served() -> None:
    assert SNAPSHOT.read_text() == written(), "run: make openapi"


def test_every_body_has_an_example() -> None:
    shown = {one.values[:2] for one in examples()}
    taken = {
        (path, method)
        for path, operations in DOCUMENT["paths"].items()
        for method, operation in operations.items()
        if "requestBody" in operation
    }
    assert taken == shown


@pytest.mark.parametrize(("path", "method", "operation", "body"), examples())
def test_an_example_is_answered_as_the_document_says(
    path: str, method: str, operation: Any, body: Any, scenes: dict[str, Scene]
) -> None:
    """What it names must be there: ids are those of things that were made for it, hosts those of this machine."""
    scene = scenes[operation["tags"][0]]
    call = call_of(scene, operation["operationId"])
    cookies = "; ".join(f"{name}={value}" for name, value in scene.cookies(call.who).items())
    headers = scene.headers(call.who) | ({"Cookie": cookies} if cookies else {})
    sent = laid_over(body, call.changes)
    answer = Caller().call(method.upper(), path.format(**call.ids), sent, **headers)
    good = [status for status in operation["responses"] if status.startswith("2")]
    assert str(answer.status) in good, answer.body
    content = operation["responses"][str(answer.status)]["content"]["application/json"]
    schema = {**content["schema"], "components": DOCUMENT["components"]}
    validator_for(schema).validate(answer.body)
