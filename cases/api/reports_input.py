"""Reads what the report endpoints take; every problem is named with its path."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone

from cases.api import case_input as given
from cases.reports import fields
from cases.reports.drafts import Subject
from cases.reports.edit import LONGEST, Edit
from cases.reports.filing import LONGEST_REFERENCE
from cases.reports.indicators import WORDS
from cases.reports.serial import PARTY_FIELDS
from ratel.identifiers import read
from ratel.moments import moment_in
from ratel.problem import Problem

MOST_PARTIES = 200
_SUBJECTS = {"caseId": "cas", "alertId": "alt", "transactionId": "txn"}


def subject(document: Mapping[str, Any], problems: list[Problem]) -> Subject:
    """Exactly one of the three; an id that is none of ours is unknown, not wrong."""
    named = [name for name in _SUBJECTS if document.get(name) is not None]
    if len(named) != 1 or not isinstance(document[named[0]], str):
        problems.append(
            Problem(
                named[0] if named else "caseId", "exactly one of caseId, alertId, transactionId is needed"
            )
        )
        return Subject()
    identifier = read(_SUBJECTS[named[0]], document[named[0]])
    return Subject(
        case_id=identifier if named[0] == "caseId" else None,
        alert_id=identifier if named[0] == "alertId" else None,
        transaction_id=identifier if named[0] == "transactionId" else None,
    )


def edit(document: Mapping[str, Any], problems: list[Problem]) -> Edit:
    texts = {
        name: given.text(document, name, problems, longest=longest)
        for name, longest in LONGEST.items()
        if name in document
    }
    return Edit(
        narrative=texts.get("narrative"),
        assessment=texts.get("assessment"),
        action=texts.get("action"),
        indicators=_indicators(document, problems),
        parties=_parties(document, problems),
        left_out=_left_out(document, problems),
    )


def _indicators(document: Mapping[str, Any], problems: list[Problem]) -> tuple[str, ...] | None:
    value = document.get("indicators")
    if value is None and "indicators" not in document:
        return None
    if not isinstance(value, list) or not all(isinstance(one, str) and one in WORDS for one in value):
        problems.append(Problem("indicators", f"must be a list of {', '.join(WORDS)}"))
        return None
    return tuple(value)


def _left_out(document: Mapping[str, Any], problems: list[Problem]) -> frozenset[str] | None:
    value = document.get("leftOut")
    if value is None and "leftOut" not in document:
        return None
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        problems.append(Problem("leftOut", "must be a list of transaction ids"))
        return None
    return frozenset(value)


def _parties(document: Mapping[str, Any], problems: list[Problem]) -> dict[str, dict[str, str]]:
    value = document.get("parties", [])
    if not isinstance(value, list) or len(value) > MOST_PARTIES:
        problems.append(Problem("parties", f"must be a list of at most {MOST_PARTIES} parties"))
        return {}
    found: dict[str, dict[str, str]] = {}
    for position, one in enumerate(value):
        path = f"parties[{position}]"
        if not isinstance(one, dict) or not isinstance(one.get("key"), str):
            problems.append(Problem(path, "must be an object with the key of a party"))
            continue
        found[one["key"]] = _party(one, path, problems)
    return found


def _party(document: Mapping[str, Any], path: str, problems: list[Problem]) -> dict[str, str]:
    values = {}
    for shown, text in document.items():
        if shown == "key":
            continue
        known = PARTY_FIELDS.get(shown)
        if known is None:
            problems.append(Problem(f"{path}.{shown[:40]}", "is not a field of a party"))
        elif not isinstance(text, str):
            problems.append(Problem(f"{path}.{shown}", "must be text; empty where it is unknown"))
        elif wrong := fields.problem_with(fields.BY_NAME[known], text.strip()):
            problems.append(Problem(f"{path}.{shown}", wrong))
        else:
            values[known] = text
    return values


def reference(document: Mapping[str, Any], problems: list[Problem]) -> str:
    return given.text(document, "reference", problems, longest=LONGEST_REFERENCE, required=True).strip()


def filed_at(document: Mapping[str, Any], problems: list[Problem]) -> datetime | None:
    """Not in the future; None where it is not said."""
    value = document.get("filedAt")
    if value is None and "filedAt" not in document:
        return None
    moment = moment_in(value, longest=None)
    if moment is not None and moment <= timezone.now():
        return moment
    problems.append(Problem("filedAt", "must be a time with its offset, not in the future"))
    return None
