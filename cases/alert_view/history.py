"""What happened to an alert, as short sentences, the newest first. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from cases.alert_view.read import AlertFile
from ratel.identifiers import show

VIEWED: Final = "alert.viewed"
VIEW_COUNTS_FOR: Final = timedelta(hours=1)
_DONE: Final = {
    "alert.taken": "Taken",
    "alert.snoozed": "Snoozed",
    "alert.dismissed": "Dismissed",
    "alert.escalated": "Escalated into a case",
    "alert.raised": "Raised by hand",
    VIEWED: "Opened",
}


@dataclass(frozen=True)
class Happening:
    """One line: what, by whom, somebody's words where a step has any, and `more` for who wants all of it."""

    at: datetime
    text: str
    reason: str = ""
    more: str = ""


def was_viewed(rows: Sequence[tuple[Any, ...]], person_id: UUID, now: datetime) -> bool:
    """Whether this person opened the alert within the last hour, as the audit trail has it."""
    return any(
        kind == "step"
        and name == VIEWED
        and after.get("actor") == str(person_id)
        and at > now - VIEW_COUNTS_FOR
        for kind, at, name, _, after in rows
    )


def history_of(
    file: AlertFile, rows: Sequence[tuple[Any, ...]], people: Mapping[str, str]
) -> list[Happening]:
    found = [_event(row) if row[0] == "event" else _step(row, people) for row in rows]
    return sorted([*found, *_beginnings(file)], key=lambda one: one.at, reverse=True)


def _beginnings(file: AlertFile) -> list[Happening]:
    """How it began, out of the decision itself."""
    evaluation, row = file.evaluation, file.row
    if evaluation is not None:
        lists = f"Lists {evaluation.list_generation}. " if evaluation.list_generation else ""
        again = "Decided again with every layer" if row.rescreens_id else "Evaluated"
        text = (
            f"{again} in {evaluation.duration_us / 1000:.1f} ms: {evaluation.decision}."
            f" Policy {evaluation.policy_version}"
        )
        more = f"{lists}Ruleset {show('rst', evaluation.ruleset_id)}. Evaluation {show('evl', evaluation.id)}"
        found = [Happening(evaluation.decided_at, text, more=more)]
        if evaluation.missing_layers:
            missing = ", ".join(name.replace("_", " ") for name in evaluation.missing_layers)
            found.append(Happening(evaluation.decided_at, f"Not answered: {missing}"))
        return found
    if file.judged is not None and row.screened_at is not None:
        text = (
            f"Name screened ({row.lane}) against {file.judged.candidates:,} candidates:"
            f" {file.judged.status}, best {file.judged.best_score:.0f}"
        )
        return [Happening(row.screened_at, text, more=f"Lists {file.judged.generation}")]
    return []


def _step(row: tuple[Any, ...], people: Mapping[str, str]) -> Happening:
    _, at, action, who, after = row
    kind, _, name = who.partition(":")
    by = name or {"key": "an API key", "system": "Ratel"}.get(kind, "somebody")
    if action == "alert.assigned":
        to = after.get("to")
        text = f"Assigned to {people.get(to, 'a person of the team')} by {by}" if to else f"Put back by {by}"
        return Happening(at, text)
    if action == "alert.snoozed":
        until = str(after.get("until", ""))[:10]
        return Happening(at, f"Snoozed until {until} by {by}", after.get("reason") or "")
    done = _DONE.get(action, action.partition(".")[2].replace("_", " ").capitalize())
    return Happening(at, f"{done} by {by}", after.get("reason") or "")


def _event(row: tuple[Any, ...]) -> Happening:
    _, at, name, _, sent = row
    return Happening(at, f"{name}: {_delivered(sent or {})}")


def _delivered(sent: Mapping[str, Any]) -> str:
    deliveries, done, dead = sent.get("deliveries", 0), sent.get("done", 0), sent.get("dead", 0)
    if not deliveries:
        return "no endpoint asks for it"
    if dead:
        return f"given up for {dead} of {deliveries} endpoints"
    if done == deliveries:
        attempts = sent.get("attempts") or 1
        return "delivered, first attempt" if attempts == 1 else f"delivered after {attempts} attempts"
    return f"on its way: {done} of {deliveries} delivered"
