"""Examination bundles at the desk: ask for one about a case, a customer or a period, and take it away."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final, cast
from uuid import UUID

from django.http import HttpResponse, StreamingHttpResponse
from django.utils import timezone

from cases.bundle import services
from cases.bundle.services import BUNDLE, LONGEST_PERIOD, About
from cases.bundle.tasks import ring
from cases.case_view.people import people_of
from cases.files import store
from cases.models import Bundle
from cases.web.file_pages import download_headers
from ratel.identifiers import read, show
from ratel.problem import Invalid, Problem
from teams.web.desk import MOST_EXPORTED, Desk, action, as_csv, page, wants_csv

_MOST_SHOWN: Final = 50
_PREFIXES: Final = {"case": "cas", "customer": "cus"}
_HEADER: Final = ("bundle_id", "asked_at", "scope", "about", "period_start", "period_end", "state")


@page(section="cases", needs="audit.read")
def bundle_list(desk: Desk) -> HttpResponse:
    bundles = Bundle.objects.filter(team_id=desk.team.id)
    if not desk.may("reports.read"):
        bundles = bundles.filter(with_reports=False)
    if wants_csv(desk.request):
        return as_csv(desk, "bundles", _HEADER, _rows(bundles.order_by("-id")[: MOST_EXPORTED + 1]))
    shown = list(bundles.order_by("-id")[:_MOST_SHOWN])
    people = people_of(desk.team.id, [one.asked_by_id for one in shown])
    return desk.render(
        "desk/cases/bundles.html",
        {
            "bundles": [(one, people.name(one.asked_by_kind, one.asked_by_id)) for one in shown],
            "waiting": sum(one.state == Bundle.State.WAITING for one in shown),
            "kept_days": services.KEPT_FOR.days,
            "today": timezone.now(),
            "month_ago": timezone.now() - timedelta(days=30),
        },
    )


def _rows(bundles: Iterable[Bundle]) -> Iterator[Sequence[Any]]:
    for one in bundles:
        about = show(_PREFIXES[one.scope], one.subject_id) if one.subject_id else None
        yield (
            show(BUNDLE, one.id),
            one.asked_at,
            one.scope,
            about,
            one.period_start,
            one.period_end,
            one.state,
        )


@action(section="cases", needs="audit.read")
def case_bundle(desk: Desk, case_id: str) -> HttpResponse:
    return _asked(desk, About("case", read("cas", case_id)))


@action(section="customers", needs="audit.read")
def customer_bundle(desk: Desk, customer_id: str) -> HttpResponse:
    return _asked(desk, About("customer", read("cus", customer_id)))


@action(section="cases", needs="audit.read")
def period_bundle(desk: Desk) -> HttpResponse:
    problems: list[Problem] = []
    start, end = _day(desk, "from", problems), _day(desk, "to", problems)
    if problems:
        raise Invalid(errors=problems)
    if not start < end + timedelta(days=1) or end - start > LONGEST_PERIOD:
        raise Invalid(
            errors=[Problem("to", f"must be within {LONGEST_PERIOD.days} days after the first day")]
        )
    end_of_day = end + timedelta(days=1, microseconds=-1)
    services.bundle_ask(caller=desk.caller, about=About("period", start=start, end=end_of_day))
    ring()
    desk.say("The bundle is being made: it appears here when it is ready.")
    return desk.to("bundles")


def _asked(desk: Desk, about: About) -> HttpResponse:
    """Straight to the archive where it is ready; large ones are made in the background."""
    bundle = services.bundle_ask(caller=desk.caller, about=about)
    if bundle.state == Bundle.State.READY:
        return desk.to("bundle", show(BUNDLE, bundle.id))
    ring()
    desk.say("There is much to collect: the bundle appears here when it is ready.")
    return desk.to("bundles")


def _day(desk: Desk, name: str, problems: list[Problem]) -> datetime:
    try:
        return datetime.combine(datetime.fromisoformat(desk.request.POST.get(name, "")[:10]), time.min, UTC)
    except ValueError:
        problems.append(Problem(name, "must be a day"))
        return timezone.now()


@page(section="cases", needs="audit.read")
def bundle_file(desk: Desk, bundle_id: str) -> HttpResponse:
    identifier: UUID | None = read(BUNDLE, bundle_id)
    bundle = services.bundle_get(caller=desk.caller, bundle_id=identifier)
    answer = StreamingHttpResponse(store.pieces(bundle.id, bundle.stored_as), content_type="application/zip")
    answer["Content-Length"] = str(bundle.size_bytes)
    # The two kinds of answers have no common class that is both public and what pages are said to give.
    return cast("HttpResponse", download_headers(answer, f"ratel-{bundle_id}.zip", bundle.sha256))
