"""`/api/screenings`: subjects screened outside of payments, and what was found then."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from ratel.identifiers import read, show
from ratel.pages import Query, listed
from ratel.problem import Problem
from ratel.tenancy import tenant
from screening.api import screenings_documents as documents
from screening.api.resource import Resource, object_in, refuse
from screening.models import Customer, Screening, Watchlist
from screening.screenings.judge import FoundEntry, Judged
from screening.screenings.subject import MOST_SUBJECTS, Subject, read_subject
from screening.services.screenings import Told, screening_get, screening_run, screenings_found
from teams.audit import note
from teams.principal import TeamFacts

_FILTERS: Final = ("status", "lane", "customerId", "from", "to")
Lists = Mapping[str, UUID]


class ScreeningsView(Resource):
    scopes = {"GET": "read", "POST": "screen.run"}

    @documents.list_screenings
    def get(self, request: Request) -> Response:
        query, team = Query(request._request, *_FILTERS), self.caller.team
        filters = {
            "status": query.choice("status", Screening.Status.values),
            "lane": query.choice("lane", Screening.Lane.values),
            "screened_at__gte": query.moment("from"),
            "screened_at__lte": query.moment("to", is_end=True),
        }
        reference, page = query.text("customerId"), query.page()
        query.finish()
        given = {name: value for name, value in filters.items() if value}
        with tenant(team.organisation_id, [team.id]):
            found = screenings_found(team=team, reference=reference, filters=given)
            if page.after is not None:
                found = found.filter(id__lt=page.after)
            shown, next_cursor = page.cut(list(found[: page.limit + 1]), lambda row: row.id)
            references = _references(shown)
        return Response(listed([_summary_json(row, references) for row in shown], next_cursor))

    @documents.run
    def post(self, request: Request) -> Response:
        body = object_in(request)
        lane, subjects = _asked(body)
        told = screening_run(caller=self.caller, lane=lane, subjects=subjects)
        lists = _lists(self.caller.team)
        answers = [_told_json(one, lane, lists) for one in told]
        return Response({"ok": True, "data": answers if "subjects" in body else answers[0]})


class ScreeningView(Resource):
    scopes = {"GET": "read"}

    @documents.show_screening
    def get(self, request: Request, screening_id: str) -> Response:
        team = self.caller.team
        with tenant(team.organisation_id, [team.id]):
            row, subject, judged = screening_get(team=team, screening_id=read("scr", screening_id))
            note(caller=self.caller, action="screening.viewed", subject=("screening", screening_id))
            document = _summary_json(row, _references([row]))
        document.pop("matchCount")
        document |= _judged_json(judged, _lists(team))
        document |= {"policyVersion": row.policy_version, "subject": _subject_json(subject)}
        return Response({"ok": True, "data": document})


def _asked(body: dict[str, Any]) -> tuple[str, list[Subject]]:
    """The lane and the subjects of a body; one subject's fields may stand beside the lane."""
    problems: list[Problem] = []
    lane, now = body.get("lane"), timezone.now()
    if lane not in Screening.Lane.values:
        problems.append(Problem("lane", f"must be one of {', '.join(Screening.Lane.values)}"))
    if "subjects" in body:
        problems.extend(
            Problem(name[:128], "is not a field beside subjects")
            for name in body
            if name not in {"lane", "subjects"}
        )
        given = body["subjects"]
        if not isinstance(given, list) or not 1 <= len(given) <= MOST_SUBJECTS:
            refuse([*problems, Problem("subjects", f"must be a list of 1 to {MOST_SUBJECTS} subjects")])
        found = [
            read_subject(one, f"subjects[{position}].", now, problems) for position, one in enumerate(given)
        ]
    else:
        alone = {name: value for name, value in body.items() if name != "lane"}
        found = [read_subject(alone, "", now, problems)]
    refuse(problems)
    return str(lane), [subject for subject in found if subject is not None]


def _lists(team: TeamFacts) -> Lists:
    """The ids of the lists by code: the public ones and the organisation's own."""
    with tenant(team.organisation_id, [team.id]):
        return dict(Watchlist.objects.values_list("code", "id"))


def _references(rows: Sequence[Screening]) -> dict[UUID | None, str]:
    ids = {row.customer_id for row in rows if row.customer_id}
    return dict(Customer.objects.filter(id__in=ids).values_list("id", "reference")) if ids else {}


def _summary_json(row: Screening, references: Mapping[UUID | None, str]) -> dict[str, Any]:
    return {
        "screeningId": show("scr", row.id),
        "lane": row.lane,
        "customerId": references.get(row.customer_id),
        "status": row.status,
        "score": row.score,
        "matchCount": row.match_count,
        "alertId": show("alt", row.alert_id) if row.alert_id else None,
        "screenedAt": row.screened_at,
    }


def _told_json(told: Told, lane: str, lists: Lists) -> dict[str, Any]:
    screened = told.screened
    return {
        "screeningId": show("scr", screened.id),
        "lane": lane,
        "customerId": screened.subject.reference,
        "status": screened.judged.status,
        "score": screened.judged.score,
        "alertId": show("alt", told.alert_id) if told.alert_id else None,
        "screenedAt": told.screened_at,
        **_judged_json(screened.judged, lists),
    }


def _judged_json(judged: Judged, lists: Lists) -> dict[str, Any]:
    below = judged.best_below
    return {
        "matches": [{**_entry_json(one, lists), "status": one.status} for one in judged.matches],
        "nearMisses": [_entry_json(one, lists) for one in judged.near_misses],
        "suppressed": [_entry_json(one, lists) for one in judged.suppressed],
        "proof": {
            "generation": judged.generation,
            "candidates": judged.candidates,
            "bestScore": judged.best_score,
            "bestBelow": _entry_json(below, lists) if below else None,
        },
    }


def _entry_json(entry: FoundEntry, lists: Lists) -> dict[str, Any]:
    watchlist_id = lists.get(entry.list_code)
    decided = {"decisionId": show("mdc", UUID(entry.decision_id))} if entry.decision_id else {}
    return {
        "watchlistId": show("wls", watchlist_id) if watchlist_id else None,
        "entryId": entry.entry_id,
        "reference": entry.reference,
        "list": entry.list_code,
        "category": entry.category,
        "matchedName": entry.matched_name,
        "listedName": entry.listed_name,
        "score": entry.score,
        "explanation": list(entry.explanation),
        **decided,
    }


def _subject_json(subject: Subject) -> dict[str, Any]:
    return {
        "fullName": subject.name,
        "subjectType": subject.entity_type,
        "dateOfBirth": subject.birth_date,
        "nationality": subject.nationality,
        "nik": subject.national_id,
        "gender": subject.gender,
    }
