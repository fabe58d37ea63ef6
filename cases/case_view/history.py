"""The timeline of a case in words: one sentence for everything that happened, oldest first, with who and when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from cases.case_view.decisions import AlertOfCase
from cases.case_view.people import People
from cases.case_view.records import Record
from cases.models import Case
from ratel.identifiers import show

_PLAIN: Final = {
    "created": "opened the case",
    "viewed": "looked at the case",
    "noted": "wrote a note",
    "file_read": "took a file",
    "proposed": "proposed a resolution",
    "sent_back": "sent the proposal back",
    "reopened": "opened the case again",
    "resolved": "resolved the case",
    "closed": "closed the case",
    "exported": "made an evidence pack",
    "bundled": "made an examination bundle",
}


@dataclass(frozen=True)
class Event:
    """`words` follow the name; `text` is what was written, `link` an id of something else (`cas_...`, `alt_...`)."""

    at: datetime
    who: str
    words: str
    text: str = ""
    links: tuple[str, ...] = ()
    is_view: bool = False


def timeline_of(
    case: Case,
    alerts: Sequence[AlertOfCase],
    steps: Sequence[Record],
    notes: Mapping[str, str],
    people: People,
) -> list[Event]:
    """`notes` are texts by public id."""
    events = [_event(step, notes, people) for step in steps]
    if not any(step.detail["action"] == "created" for step in steps):
        events.append(Event(case.created_at, "Ratel", "opened the case by a decision"))
    named = {one for step in steps for one in _ids(step.detail["detail"].get("alerts"))}
    events += [
        Event(
            one.created_at,
            "Ratel",
            f"raised the alert at a score of {one.risk_score.normalize():f}",
            links=(show("alt", one.id),),
        )
        for one in alerts
        if show("alt", one.id) not in named
    ]
    return sorted(events, key=lambda event: event.at)


def _event(step: Record, notes: Mapping[str, str], people: People) -> Event:
    action, detail = str(step.detail["action"]), step.detail["detail"]
    return Event(
        at=step.at,
        who=people.name(step.actor_kind, step.actor_id),
        words=_words(action, detail, people),
        text=notes.get(str(detail.get("note", "")), ""),
        links=(*_ids(detail.get("alerts"))[:5], *([str(detail["to"])] if action == "related" else [])),
        is_view=action == "viewed",
    )


def _words(action: str, detail: Mapping[str, Any], people: People) -> str:
    special = _SPECIAL.get(action)
    said = special(detail, people) if special else ""
    if said:
        return said
    said = _PLAIN.get(action, action.replace("_", " "))
    return f"{said} as {_low(detail['disposition'])}" if detail.get("disposition") else said


def _assigned(detail: Mapping[str, Any], people: People) -> str:
    return f"assigned it to {_person(detail['to'], people)}" if detail.get("to") else "put it back"


def _linked(detail: Mapping[str, Any], people: People) -> str:
    return "added an alert" if len(_ids(detail.get("alerts"))) == 1 else "added alerts"


def _added(detail: Mapping[str, Any], people: People) -> str:
    return f"added a file ({detail.get('kind')}, SHA-256 {str(detail.get('sha256', ''))[:12]}…)"


def _changed(detail: Mapping[str, Any], people: People) -> str:
    if "priority" in detail:
        return f"changed the priority from {_low(detail['priority'][0])} to {_low(detail['priority'][1])}"
    return (
        f"moved it from {_low(detail['status'][0])} to {_low(detail['status'][1])}"
        if "status" in detail
        else ""
    )


def _related(detail: Mapping[str, Any], people: People) -> str:
    return "related it to"


_SPECIAL: Final = {
    "assigned": _assigned,
    "linked": _linked,
    "file_added": _added,
    "changed": _changed,
    "related": _related,
}


def _person(text: Any, people: People) -> str:
    try:
        return people.name("person", UUID(str(text)))
    except ValueError:
        return "somebody"


def _low(code: Any) -> str:
    return str(code).replace("_", " ").lower()


def _ids(value: Any) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else []
