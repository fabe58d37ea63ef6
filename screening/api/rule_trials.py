"""`/api/rules/{id}/back-tests`: a rule over stored history in the background; and a version's way into the shadow."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from ratel.identifiers import read, show
from ratel.pages import Query, listed
from ratel.problem import NotFound, Problem
from ratel.tenancy import tenant
from screening.api import rule_trials_documents as documents
from screening.api.resource import Resource, object_in, refuse
from screening.api.serial import rule_json
from screening.models import BackTest
from screening.rule_trials.confidential import refuse_hidden
from screening.rule_trials.ranges import find, progress
from screening.rule_trials.result import Counted
from screening.rule_trials.services import USUAL_DAYS, back_test_cancel, back_test_start
from screening.services import rules as services
from screening.services.rule_states import load_state


class BackTestsView(Resource):
    scopes = {"GET": "read", "POST": "write"}

    @documents.list_back_tests
    def get(self, request: Request, rule_id: str) -> Response:
        query = Query(request._request)
        page = query.page()
        query.finish()
        team = self.caller.team
        with tenant(team.organisation_id, [team.id]):
            state = load_state(team.id, read("rul", rule_id))
            found = BackTest.objects.filter(team_id=team.id, rule_id=state.rule.id).order_by("-id")
            if page.after is not None:
                found = found.filter(id__lt=page.after)
            refuse_hidden(self.caller, [test.document for test in found[: page.limit + 1]])
            shown, next_cursor = page.cut(list(found[: page.limit + 1]), lambda test: test.id)
            documents_shown = back_tests_json(shown)
        return Response(listed(documents_shown, next_cursor))

    @documents.start
    def post(self, request: Request, rule_id: str) -> Response:
        body = object_in(request, known={"days", "version"}, may_be_empty=True)
        problems: list[Problem] = []
        days = _whole(body, "days", problems)
        version = _whole(body, "version", problems)
        refuse(problems)
        test = back_test_start(
            caller=self.caller,
            rule_id=read("rul", rule_id),
            days=USUAL_DAYS if days is None else days,
            version=version,
        )
        return Response({"ok": True, "data": back_test_json(test, 0)}, status=202)


class BackTestView(Resource):
    scopes = {"GET": "read"}

    @documents.show
    def get(self, request: Request, rule_id: str, back_test_id: str) -> Response:
        team = self.caller.team
        with tenant(team.organisation_id, [team.id]):
            test = find(team.id, read("rul", rule_id), read("bkt", back_test_id))
            if test is None:
                raise NotFound
            refuse_hidden(self.caller, [test.document])
            return Response({"ok": True, "data": back_tests_json([test])[0]})


class BackTestCancelView(Resource):
    scopes = {"POST": "write"}

    @documents.cancel
    def post(self, request: Request, rule_id: str, back_test_id: str) -> Response:
        object_in(request, known=(), may_be_empty=True)
        test = back_test_cancel(
            caller=self.caller, rule_id=read("rul", rule_id), back_test_id=read("bkt", back_test_id)
        )
        return Response({"ok": True, "data": back_test_json(test, 0)})


class RuleShadowView(Resource):
    scopes = {"POST": "write"}

    @documents.shadow
    def post(self, request: Request, rule_id: str) -> Response:
        return _moved(self, request, rule_id, services.rule_shadow)


class RuleUnshadowView(Resource):
    scopes = {"POST": "write"}

    @documents.unshadow
    def post(self, request: Request, rule_id: str) -> Response:
        return _moved(self, request, rule_id, services.rule_unshadow)


def _moved(view: Resource, request: Request, rule_id: str, service: Any) -> Response:
    object_in(request, known=(), may_be_empty=True)
    state = service(caller=view.caller, rule_id=read("rul", rule_id))
    return Response({"ok": True, "data": rule_json(view.caller.team, state, state.working)})


def back_tests_json(tests: list[BackTest]) -> list[dict[str, Any]]:
    """Call inside `tenant(...)`."""
    done = progress(tests)
    return [back_test_json(test, _percent(test, done.get(test.id, (0, 0)))) for test in tests]


def back_test_json(test: BackTest, percent: int) -> dict[str, Any]:
    return {
        "id": show("bkt", test.id),
        "ruleId": show("rul", test.rule_id),
        "version": test.version,
        "days": test.days,
        "status": test.status,
        "percentDone": percent,
        "evaluations": test.total,
        "result": _result(test),
        "createdAt": test.created_at,
        "finishedAt": test.finished_at,
    }


def _percent(test: BackTest, done: tuple[int, int]) -> int:
    if test.status == BackTest.Status.COMPLETED:
        return 100
    return done[0] * 100 // done[1] if done[1] else 0


def _result(test: BackTest) -> dict[str, Any] | None:
    if test.result is None:
        return None
    counted = Counted.read(test.result)
    return {
        "evaluated": counted.evaluated,
        "hits": counted.hits,
        "hitsBefore": counted.hits_before,
        "unknown": counted.unknown,
        "cannotTell": counted.cannot_tell,
        "alertsBefore": counted.alerts_before,
        "alertsAfter": counted.alerts_after,
        "alertsAdded": counted.added,
        "alertsRemoved": counted.removed,
        "raised": counted.raised,
        "lowered": counted.lowered,
        "truePositives": counted.true_positives,
        "falsePositives": counted.false_positives,
        "precision": None if counted.precision is None else round(float(counted.precision), 4),
        "lostTruePositives": counted.lost_true_positives,
        "savedFalsePositives": counted.saved_false_positives,
        "days": [
            {"day": day, "evaluated": counts[0], "hits": counts[1], "added": counts[2], "removed": counts[3]}
            for day, counts in sorted(counted.days.items())
        ],
        "examples": {kind: counted.examples.get(kind, []) for kind in ("added", "removed", "hits")},
    }


def _whole(body: dict[str, Any], name: str, problems: list[Problem]) -> int | None:
    value = body.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 999_999_999:
        problems.append(Problem(name, "must be a whole number"))
        return None
    return value
