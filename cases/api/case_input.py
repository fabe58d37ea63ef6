"""Reads what the case endpoints take, field by field; every problem is named with its path."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from cases.models import Case
from cases.services.cases import NewCase
from cases.services.investigation import LONGEST_REASON
from cases.transitions import RESOLUTIONS, disposition_of
from ratel.identifiers import read
from ratel.moments import moment_in
from ratel.problem import Problem
from screening.models import Customer
from teams.principal import Principal
from webhooks.events.cases import TYPES

PRIORITIES: Final = ("LOW", "MEDIUM", "HIGH", "CRITICAL")
STATUSES: Final = tuple(Case.Status.values)
LONGEST_TITLE: Final = 200
LONGEST_TEXT: Final = 20_000
MOST_TAGS: Final = 20
LONGEST_TAG: Final = 40
MOST_ALERTS: Final = 200
LONGEST_SNOOZE: Final = timedelta(days=90)
_MISSING: Final = object()


def text(
    document: Mapping[str, Any], name: str, problems: list[Problem], *, longest: int, required: bool = False
) -> str:
    value = document.get(name, "" if not required else _MISSING)
    if value is None and not required:
        return ""
    if (
        not isinstance(value, str)
        or len(value) > longest
        or "\x00" in value
        or (required and not value.strip())
    ):
        problems.append(Problem(name, f"must be text of {1 if required else 0} to {longest} characters"))
        return ""
    return value


def choice(
    document: Mapping[str, Any],
    name: str,
    known: Sequence[str],
    problems: list[Problem],
    usual: Any = _MISSING,
) -> Any:
    value = document.get(name, usual)
    if value is usual and usual is not _MISSING:
        return usual
    if not isinstance(value, str) or value not in known:
        problems.append(Problem(name, f"must be one of {', '.join(known)}"))
        return known[0]
    return value


def person(document: Mapping[str, Any], name: str, problems: list[Problem]) -> UUID | None:
    value = document.get(name)
    if value is None:
        return None
    try:
        return UUID(value)
    except (ValueError, AttributeError, TypeError):
        problems.append(Problem(name, "must be the id of a person, or null"))
        return None


def identifiers(
    document: Mapping[str, Any], name: str, prefix: str, problems: list[Problem], *, required: bool = False
) -> tuple[UUID, ...]:
    listed = document.get(name, [])
    if not isinstance(listed, list) or len(listed) > MOST_ALERTS or (required and not listed):
        problems.append(Problem(name, f"must be a list of {1 if required else 0} to {MOST_ALERTS} ids"))
        return ()
    found = [read(prefix, one) if isinstance(one, str) else None for one in listed]
    problems.extend(
        Problem(f"{name}[{position}]", "is not an id of this kind")
        for position, one in enumerate(found)
        if one is None
    )
    return tuple(dict.fromkeys(one for one in found if one is not None))


def version(document: Mapping[str, Any], problems: list[Problem]) -> int | None:
    """What the caller has seen, so that nobody acts on what is no longer so."""
    value = document.get("version")
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**31):
        return value
    problems.append(Problem("version", "must be the version that was read"))
    return None


def disposition(document: Mapping[str, Any], problems: list[Problem]) -> str:
    value = document.get("disposition")
    name = value.lower().removeprefix("resolved_") if isinstance(value, str) else ""
    if name not in RESOLUTIONS:
        problems.append(Problem("disposition", f"must be one of {', '.join(RESOLUTIONS)}"))
    return name


def change(document: Mapping[str, Any], problems: list[Problem]) -> dict[str, Any]:
    """Of status, priority and assignedToId those that are given; a resolution needs its reason."""
    found: dict[str, Any] = {}
    if "status" in document:
        found["status"] = choice(document, "status", STATUSES, problems)
        if disposition_of(found["status"]) is not None:
            found["reason"] = text(document, "reason", problems, longest=LONGEST_REASON, required=True)
    if "priority" in document:
        found["priority"] = choice(document, "priority", PRIORITIES, problems)
    if "assignedToId" in document:
        found["assignedToId"] = person(document, "assignedToId", problems)
    if not found and not problems:
        problems.append(Problem("", "status, priority or assignedToId is required"))
    return found


def new_case(caller: Principal, document: Mapping[str, Any], problems: list[Problem]) -> NewCase:
    """Call inside `tenant(...)`: the customer is looked up by the bank's own reference."""
    tags = document.get("tags") or []
    if not isinstance(tags, list) or len(tags) > MOST_TAGS or not all(map(_is_tag, tags)):
        problems.append(
            Problem("tags", f"must be at most {MOST_TAGS} texts of 1 to {LONGEST_TAG} characters")
        )
        tags = []
    related = document.get("relatedTransactionId")
    transaction_id = read("txn", related) if isinstance(related, str) else None
    if related is not None and transaction_id is None:
        problems.append(Problem("relatedTransactionId", "must be the id of a transaction"))
    return NewCase(
        type=choice(document, "type", TYPES, problems),
        priority=choice(document, "priority", PRIORITIES, problems, "MEDIUM"),
        title=text(document, "title", problems, longest=LONGEST_TITLE),
        description=text(document, "description", problems, longest=LONGEST_TEXT),
        tags=tuple(tags),
        customer_id=_customer(caller, document, problems),
        related_transaction_id=transaction_id,
        alert_ids=identifiers(document, "alertIds", "alt", problems),
    )


def _is_tag(value: Any) -> bool:
    return isinstance(value, str) and 1 <= len(value) <= LONGEST_TAG and "\x00" not in value


def _customer(caller: Principal, document: Mapping[str, Any], problems: list[Problem]) -> UUID | None:
    reference = document.get("customerId")
    if reference is None:
        return None
    if isinstance(reference, str) and 1 <= len(reference) <= 128 and "\x00" not in reference:
        found = Customer.objects.filter(team_id=caller.team.id, reference=reference).first()
        if found is not None:
            return found.id
    problems.append(Problem("customerId", "is nobody that this team monitors"))
    return None


def until(document: Mapping[str, Any], now: datetime, problems: list[Problem]) -> datetime:
    moment = moment_in(document.get("until"), longest=None)
    if moment is not None and now < moment <= now + LONGEST_SNOOZE:
        return moment
    problems.append(Problem("until", f"must be a time with its offset within {LONGEST_SNOOZE.days} days"))
    return now
