"""The OpenAPI document, fuzzed: no 5xx, only documented statuses, and every answer as it is described."""

import os
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.conf import settings as django_settings
from hypothesis import HealthCheck, settings
from schemathesis import checks
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation.meta import TestPhase
from schemathesis.specs.openapi import checks as openapi_checks

from ratel.requests import API_PREFIXES
from ratel.wsgi import application
from screening.sandbox.simulation import HEADER as SIMULATE
from tests.fuzz.living import USED_UP, Call, call_of, laid_over
from tests.fuzz.scene import Scene

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
# By turns a case is the example, that but for one value, its own body on what lives, and just what it is.
GOOD, GOOD_BUT_FOR_ONE, OWN_BODY, AS_IT_IS = range(4)
# How often what the systematic cases of an operation have used up is made again.
MADE_FOR_SYSTEMATIC_CASES = 5
# In one process and one order: what is asked for depends on what was asked before.
pytestmark = pytest.mark.xdist_group("fuzz")


class Stage:
    """One operation with what lives for it, which is made again once it is used up."""

    def __init__(self, operation: Any, scenes: dict[str, Scene]) -> None:
        self.id: str = operation.definition.raw["operationId"]
        self.method = operation.method.upper()
        self.example = next(iter(_examples(operation.definition.raw)), None)
        self.statuses: Counter[int] = Counter()
        self._tag, self._scenes = operation.tags[0], scenes
        self._call: Call | None = None
        self._made = 0
        self._phase, self._is_good = TestPhase.COVERAGE, False
        self._turns: Counter[TestPhase] = Counter()

    @property
    def call(self) -> Call:
        if self._call is None:
            self._made += 1
            try:
                self._call = call_of(self.scene, self.id)
            except AssertionError:
                # The bank has as many of them as it may have, or decides otherwise by now: another one does not.
                self._scenes[self._tag] = Scene()
                self._call = call_of(self.scene, self.id)
        return self._call

    @property
    def scene(self) -> Scene:
        return self._scenes[self._tag]

    def fill(self, case: Any) -> str:
        """Puts what lives into the case, by turns all of it and some of it; who may make the call."""
        self._phase = phase = case.meta.phase.name
        turn = self._turns[phase]
        self._turns[phase] += 1
        call = self.call
        self._is_good = phase != TestPhase.COVERAGE and turn % 4 == GOOD
        if case.method == self.method and turn % 4 != AS_IT_IS:
            if not case.meta.is_negative_at(ParameterLocation.PATH):
                case.path_parameters.update(call.ids)
            case.headers.pop(SIMULATE, None)
            # The systematic cases have their point in the body.
            if phase != TestPhase.COVERAGE and turn % 4 in {GOOD, GOOD_BUT_FOR_ONE}:
                self._make_good(case, call, turn)
        return call.who

    def _make_good(self, case: Any, call: Call, turn: int) -> None:
        """The example as it is answered well, or that with one value of the case's own."""
        if self._is_good:
            case.query = {}
        if self.example is None:
            return
        own, case.body, case.media_type = case.body, laid_over(self.example, call.changes), "application/json"
        if not self._is_good and isinstance(own, dict) and own:
            name = sorted(own)[turn // 4 % len(own)]
            case.body = {**case.body, name: _mixed(case.body.get(name), own[name])}

    def learn(self, status: int) -> None:
        """What was used up, here or by somebody else, is made again before the next call; only so often for the
        systematic cases, which are many."""
        self.statuses[status] += 1
        was_done = status < 300 and self.id in USED_UP
        is_allowed = self._phase != TestPhase.COVERAGE or self._made < MADE_FOR_SYSTEMATIC_CASES
        if is_allowed and (was_done or (self._is_good and status >= 300)):
            self._call = None


def _mixed(good: Any, own: Any) -> Any:
    """The value of the case's own; of objects both."""
    return {**good, **own} if isinstance(good, dict) and isinstance(own, dict) else own


def _examples(operation: dict[str, Any]) -> Iterator[Any]:
    for content in operation.get("requestBody", {}).get("content", {}).values():
        for example in content.get("examples", {}).values():
            yield example["value"]


@pytest.fixture(scope="module", autouse=True)
def unlimited() -> Iterator[None]:
    """Keys of the tests have no limit; tokens get none here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(django_settings, "RATEL_TOKEN_TIER", "unlimited")
        yield


@pytest.fixture(scope="module")
def document(database_for_every_test: None) -> Any:
    return schemathesis.openapi.from_wsgi("/api/schema", application)


@pytest.fixture
def stages(document: Any) -> Iterator[dict[str, Stage]]:
    """For every operation its stage; for every part of the API a bank, because some change all that is in theirs.

    In the end, every operation was answered well at least once: else its answers were those of a closed door.
    """
    scenes: dict[str, Scene] = defaultdict(Scene)
    operations = [found.ok() for found in document.get_all_operations()]
    found = {one.label: Stage(one, scenes) for one in operations}
    yield found
    never = {one.id: dict(one.statuses) for one in found.values() if not any(s < 300 for s in one.statuses)}
    assert never == {}


api = schemathesis.pytest.from_fixture("document")


@api.parametrize()
@settings(
    max_examples=CASES,
    deadline=None,
    derandomize=CASES == USUAL_CASES,
    suppress_health_check=list(HealthCheck),
)
def test_every_answer_is_as_the_document_says(case: Any, stages: dict[str, Stage]) -> None:
    """Most calls name something that exists, and many are good but for one thing."""
    stage = stages[case.operation.label]
    who = stage.fill(case)
    headers = stage.scene.headers(who)
    answer = case.call(headers=headers, cookies=stage.scene.cookies(who))
    stage.learn(answer.status_code)
    # Somebody who is signed in needs no key.
    unheld = [] if who != "officer" else [openapi_checks.missing_required_header]
    case.validate_response(answer, HELD, excluded_checks=unheld, headers=headers)


def test_the_document_describes_every_address_of_the_api(document: Any) -> None:
    from tests.tenancy.test_other_peoples_ids import routes

    described = set(document.raw_schema["paths"])
    served = {
        "/" + re.sub(r"<\w+:(\w+)>", r"{\1}", route)
        for route, _ in routes()
        if ("/" + route).startswith(API_PREFIXES) and not route.startswith(("api/schema", "api/docs"))
    }
    assert served <= described
    assert described <= served | {"/api/schema"}
