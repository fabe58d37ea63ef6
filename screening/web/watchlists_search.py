"""Name search at the desk: who on the lists may be meant by a name, list by list, and why. Nothing is stored unless
somebody presses "keep"; the name never stands in an address, a log line or the audit trail.
"""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from django.http import HttpResponse
from django.utils import timezone

from ratel.identifiers import read, show
from ratel.problem import Invalid, Problem, Refusal
from ratel.tenancy import tenant
from screening.configuration import configuration_of
from screening.layers.sanctions import KIND_NAMES, thresholds_of
from screening.models import Customer, Screening, Watchlist
from screening.names.entity import ListedEntity
from screening.names.explained import Explained, explained
from screening.names.thresholds import NEAR_MISS_SCORE, Threshold
from screening.screenings.entries import entries_of
from screening.screenings.judge import FoundEntry, Judged
from screening.screenings.subject import Subject, query_of, read_subject
from screening.services.screenings import judged_by, screening_get, screening_run, screenings_found
from screening.watchlists.lookup import lists_of
from teams.audit import note
from teams.web.desk import MOST_EXPORTED, Desk, action, as_csv, page, wants_csv
from teams.web.desk.filters import Filters

SCREENING: Final = "scr"
FIELDS: Final = {
    "name": "fullName",
    "type": "subjectType",
    "birth_date": "dateOfBirth",
    "country": "nationality",
    "identifier": "nik",
    "gender": "gender",
    "customer": "customerId",
}
_HEADER: Final = ("screening_id", "screened_at", "lane", "status", "best_score", "alert_id")
TYPES: Final = ("person", "company", "vessel", "aircraft")
_IN_WORDS: Final = {api: form for form, api in FIELDS.items()}


@dataclass(frozen=True)
class Beside:
    """One entry that was found, beside what was asked: `how` is match, near, suppressed or below."""

    how: str
    found: FoundEntry
    explained: Explained
    entity: ListedEntity | None
    list_name: str
    threshold: Threshold

    @property
    def other_names(self) -> tuple[str, ...]:
        if self.entity is None:
            return ()
        shown = {self.found.matched_name, self.found.listed_name}
        return tuple(dict.fromkeys(one.text for one in self.entity.names if one.text not in shown))[:8]

    @property
    def why(self) -> str:
        """Why it counts or does not, in one sentence."""
        wanted = f"{self.threshold.score:g} counts on a list of this kind"
        if self.how == "match":
            is_certain = self.found.status == "confirmed"
            return f"{wanted}; {'confirmed, evidence agrees' if is_certain else 'a person must look at it'}"
        if self.how == "suppressed":
            return "somebody decided that it is not this person"
        if self.found.quality == "weak" and not self.found.agreements:
            return "a weak alias never counts by itself"
        if self.threshold.refuses_contradictions and self.found.contradictions:
            return "evidence contradicts, and on a list of this kind that rules it out"
        return f"{wanted}, and {NEAR_MISS_SCORE:g} is shown as a near miss"


@dataclass(frozen=True)
class ByList:
    """What one list says: its best entry, or that nothing on it comes near."""

    code: str
    name: str
    kind: str
    threshold: float
    entries: int
    best: FoundEntry | None
    how: str


@dataclass(frozen=True)
class Answered:
    """Everything that a search or a stored screening shows."""

    judged: Judged
    lists: tuple[ByList, ...]
    beside: tuple[Beside, ...]
    milliseconds: float | None

    @property
    def generations(self) -> list[str]:
        return self.judged.generation.split("+")


@page(section="watchlists", needs="read")
def name_search(desk: Desk) -> HttpResponse:
    return desk.render("desk/watchlists/search.html", {"types": TYPES, "asked": {}})


@action(section="watchlists", needs="read")
def name_search_run(desk: Desk) -> HttpResponse:
    """The whole page, or only what was found where htmx asks."""
    asked = _asked(desk)
    context: dict[str, Any] = {"types": TYPES, "asked": asked}
    try:
        context |= {"answered": _search(desk, _subject(asked))}
    except Refusal as refusal:
        context |= {"refusal": refusal}
    is_part = desk.request.headers.get("HX-Request") == "true"
    return desk.render(f"desk/watchlists/{'found' if is_part else 'search'}.html", context)


@action(section="watchlists", needs="screen.run")
def name_search_keep(desk: Desk) -> HttpResponse:
    """Searches again and stores the result as an onboarding screening, with its alert where it is not clear."""
    subject = _subject(_asked(desk))
    (told,) = screening_run(caller=desk.caller, lane=Screening.Lane.ONBOARDING, subjects=[subject])
    screening_id = show(SCREENING, told.screened.id)
    judged = told.screened.judged
    opened = "; an alert was opened" if told.alert_id else ""
    desk.say(f"Kept as a screening: {judged.status}, best score {judged.score:g}{opened}.")
    return desk.to("screening", screening_id)


@page(section="watchlists", needs="read")
def screening(desk: Desk, screening_id: str) -> HttpResponse:
    """A stored screening, as it was answered then."""
    team = desk.caller.team
    row, subject, judged = screening_get(team=team, screening_id=read(SCREENING, screening_id))
    customers = Customer.objects.filter(id=row.customer_id) if row.customer_id else Customer.objects.none()
    note(caller=desk.caller, action="screening.viewed", subject=("screening", screening_id))
    thresholds = thresholds_of(configuration_of(team).ruleset.policy)
    context = {
        "row": row,
        "asked": _words(subject),
        "answered": _answered(desk, judged, thresholds, None),
        "reference": customers.values_list("reference", flat=True).first(),
        "alert_id": show("alt", row.alert_id) if row.alert_id else None,
    }
    return desk.render("desk/watchlists/screening.html", context)


@page(section="watchlists", needs="read")
def screenings(desk: Desk) -> HttpResponse:
    """Stored screenings, the newest first; whom they are about is one click away, not in the list."""
    query = Filters(desk.request, "status", "lane", "from", "to")
    filters = {
        "status": query.choice("status", Screening.Status.values),
        "lane": query.choice("lane", Screening.Lane.values),
        "screened_at__gte": query.moment("from"),
        "screened_at__lte": query.moment("to", is_end=True),
    }
    paging = query.page()
    query.finish()
    given = {name: value for name, value in filters.items() if value}
    found = screenings_found(team=desk.caller.team, reference=None, filters=given)
    if wants_csv(desk.request):
        return as_csv(desk, "screenings", _HEADER, _rows(found))
    found = found.filter(id__lt=paging.after) if paging.after else found
    rows, next_cursor = paging.cut(list(found[: paging.limit + 1]), lambda row: row.id)
    ids = {row.customer_id for row in rows if row.customer_id}
    context = {
        "rows": rows,
        "references": dict(Customer.objects.filter(id__in=ids).values_list("id", "reference")),
        "next_cursor": next_cursor,
        "filters": query.shown,
        "statuses": Screening.Status.choices,
        "lanes": Screening.Lane.choices,
    }
    return desk.render("desk/watchlists/screenings.html", context)


def _rows(found: Iterable[Screening]) -> Iterator[Sequence[Any]]:
    """Without whom they are about, as in the list."""
    for row in islice(found, MOST_EXPORTED + 1):
        alert = show("alt", row.alert_id) if row.alert_id else None
        yield show(SCREENING, row.id), row.screened_at, row.lane, row.status, row.best_score, alert


def _asked(desk: Desk) -> dict[str, str]:
    return {name: desk.request.POST.get(name, "").strip() for name in FIELDS}


def _subject(asked: Mapping[str, str]) -> Subject:
    """Read as the API reads a subject; raises Invalid with the form's own names."""
    problems: list[Problem] = []
    document = {FIELDS[name]: value for name, value in asked.items() if value}
    if not asked["name"]:
        raise Invalid("Type a name to search for")
    subject = read_subject(document, "", timezone.now(), problems)
    if subject is None:
        errors = [Problem(_IN_WORDS.get(one.path, one.path), one.message) for one in problems]
        raise Invalid("The search was not made", errors=errors)
    return subject


def _search(desk: Desk, subject: Subject) -> Answered:
    """Outside of any transaction, as screenings do: a search must hold nobody up."""
    team = desk.caller.team
    configuration = configuration_of(team)
    query = query_of(subject, None)
    began = time.perf_counter()
    judged = judged_by(configuration, query, subject.reference, timezone.now())
    milliseconds = (time.perf_counter() - began) * 1_000
    with tenant(team.organisation_id, [team.id]):
        # Whose name it was is nobody's business later; that somebody searched is.
        after = {"generation": judged.generation, "status": judged.status}
        note(caller=desk.caller, action="watchlist.searched", subject=("team", str(team.id)), after=after)
        return _answered(desk, judged, thresholds_of(configuration.ruleset.policy), milliseconds)


def _answered(
    desk: Desk, judged: Judged, thresholds: Mapping[str, Threshold], milliseconds: float | None
) -> Answered:
    found = list(_in_order(judged))
    entities = entries_of([one.entry_id for _, one in found])
    lists = list(lists_of(desk.caller.team).filter(revision__gt=0).order_by("name")[:200])
    names = {one.code: one.name for one in lists}
    beside = tuple(
        Beside(
            how,
            one,
            explained(one.explanation),
            entities[one.entry_id].entity if one.entry_id in entities else None,
            names.get(one.list_code, one.list_code),
            thresholds[one.category],
        )
        for how, one in found
    )
    return Answered(judged, tuple(_by_list(lists, found, thresholds)), beside, milliseconds)


def _in_order(judged: Judged) -> Iterator[tuple[str, FoundEntry]]:
    """What counts, what nearly did, what was ruled out, and where nothing came near the best that did not."""
    for how, entries in (
        ("match", judged.matches),
        ("near", judged.near_misses),
        ("suppressed", judged.suppressed),
    ):
        yield from ((how, one) for one in entries)
    if judged.best_below is not None:
        yield "below", judged.best_below


def _by_list(
    lists: Sequence[Watchlist], found: Sequence[tuple[str, FoundEntry]], thresholds: Mapping[str, Threshold]
) -> Iterator[ByList]:
    best: dict[str, tuple[str, FoundEntry]] = {}
    for how, entry in found:
        if entry.list_code not in best or entry.score > best[entry.list_code][1].score:
            best[entry.list_code] = how, entry
    for one in lists:
        found_here = best.get(one.code)
        how, entry_of = found_here or ("", None)
        kind = entry_of.category if entry_of else one.category
        threshold = (
            thresholds[kind].score if kind in thresholds else max(t.score for t in thresholds.values())
        )
        words = KIND_NAMES.get(kind, kind).removeprefix("a ").removeprefix("an ")
        yield ByList(one.code, one.name, words, threshold, one.entry_count, entry_of, how)


def _words(subject: Subject) -> dict[str, str]:
    """A stored subject in the names of the form."""
    return {
        "name": subject.name,
        "type": subject.entity_type or "",
        "birth_date": subject.birth_date or "",
        "country": subject.nationality or "",
        "identifier": subject.national_id or "",
        "gender": subject.gender or "",
        "customer": subject.reference or "",
    }
