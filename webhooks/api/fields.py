"""What an endpoint is made of, read from a body: every problem is named with its path."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from ratel.identifiers import read
from ratel.moments import moment_in
from ratel.problem import Problem
from webhooks.egress import Refused, Target, Targets, check_host, check_url
from webhooks.events import CATALOGUE
from webhooks.models import Endpoint
from webhooks.selectors import ENDPOINT
from webhooks.services import LARGEST_CONCURRENCY, LARGEST_RATE, LONGEST_OVERLAP, USUAL_OVERLAP, Replay

LONGEST_DESCRIPTION: Final = 200
LONGEST_SUBJECT: Final = 64
# Names in the API, each with the column that it sets.
COLUMNS: Final = {
    "url": "url",
    "description": "description",
    "events": "events",
    "schedule": "schedule",
    "ratePerSecond": "rate_per_second",
    "concurrencyLimit": "concurrency_limit",
    "confidential": "is_confidential",
}
REQUIRED: Final = ("url", "events")


def endpoint_fields(document: Mapping[str, Any], problems: list[Problem]) -> dict[str, Any]:
    """The columns that a body sets. A host is asked for only where nothing else is wrong."""
    found: dict[str, Any] = {}
    target = None
    for name, value in document.items():
        if name == "url":
            target = _url(value, problems)
        else:
            _READERS[name](name, value, problems)
        found[COLUMNS[name]] = value
    if target is not None and not problems:
        _ask_for_host(target, problems)
    return found


def require(document: Mapping[str, Any], names: Collection[str], problems: list[Problem]) -> None:
    problems += [Problem(name, "is required") for name in names if name not in document]


def _url(value: Any, problems: list[Problem]) -> Target | None:
    try:
        return check_url(value if isinstance(value, str) else "", Targets.from_settings())
    except Refused as refused:
        problems.append(Problem("url", refused.reason))
        return None


def _ask_for_host(target: Target, problems: list[Problem]) -> None:
    try:
        check_host(target, Targets.from_settings())
    except Refused as refused:
        problems.append(Problem("url", refused.reason))


def _description(name: str, value: Any, problems: list[Problem]) -> None:
    if not isinstance(value, str) or len(value) > LONGEST_DESCRIPTION or "\x00" in value:
        problems.append(Problem(name, f"must be text of at most {LONGEST_DESCRIPTION} characters"))


def _events(name: str, value: Any, problems: list[Problem]) -> None:
    if not isinstance(value, list) or len(value) > len(CATALOGUE):
        problems.append(Problem(name, f"must be a list of at most {len(CATALOGUE)} names of events"))
        return
    for position, one in enumerate(value):
        if not isinstance(one, str) or one not in CATALOGUE:
            problems.append(Problem(f"{name}[{position}]", "is not an event"))
        elif one in value[:position]:
            problems.append(Problem(f"{name}[{position}]", "is there twice"))


def _schedule(name: str, value: Any, problems: list[Problem]) -> None:
    if value not in Endpoint.Schedule.values:
        problems.append(Problem(name, f"must be one of {', '.join(Endpoint.Schedule.values)}"))


def _rate(name: str, value: Any, problems: list[Problem]) -> None:
    if value is not None:
        _whole_number(name, value, LARGEST_RATE, problems)


def _concurrency(name: str, value: Any, problems: list[Problem]) -> None:
    _whole_number(name, value, LARGEST_CONCURRENCY, problems)


def _whole_number(name: str, value: Any, largest: int, problems: list[Problem], lowest: int = 1) -> bool:
    if isinstance(value, int) and not isinstance(value, bool) and lowest <= value <= largest:
        return True
    problems.append(Problem(name, f"must be a whole number from {lowest} to {largest}"))
    return False


def _flag(name: str, value: Any, problems: list[Problem]) -> None:
    if not isinstance(value, bool):
        problems.append(Problem(name, "must be true or false"))


_READERS: Final = {
    "description": _description,
    "events": _events,
    "schedule": _schedule,
    "ratePerSecond": _rate,
    "concurrencyLimit": _concurrency,
    "confidential": _flag,
}


def confidential_in(document: Mapping[str, Any], problems: list[Problem]) -> bool:
    require(document, ["confidential"], problems)
    if "confidential" in document:
        _flag("confidential", document["confidential"], problems)
    return document.get("confidential") is True


def overlap_in(document: Mapping[str, Any], problems: list[Problem]) -> timedelta:
    value = document.get("overlapSeconds", int(USUAL_OVERLAP.total_seconds()))
    longest = int(LONGEST_OVERLAP.total_seconds())
    return timedelta(
        seconds=value if _whole_number("overlapSeconds", value, longest, problems, lowest=0) else 0
    )


def replay_in(document: Mapping[str, Any], problems: list[Problem]) -> Replay:
    """Which dead letters a body asks for; at least one thing must narrow them, so that `{}` does not mean all."""
    narrowing = ("endpointId", "event", "subject", "since", "until")
    if not any(document.get(name) is not None for name in narrowing):
        problems.append(Problem("", f"at least one of {', '.join(narrowing)} is needed"))
    wanted = Replay(
        endpoint_id=_endpoint_id(document, problems),
        event=_event(document, problems),
        subject=_subject(document, problems),
        since=_moment(document, "since", problems),
        until=_moment(document, "until", problems),
        with_delivered=document.get("withDelivered") is True,
    )
    _flag("withDelivered", document.get("withDelivered", False), problems)
    return wanted


def _endpoint_id(document: Mapping[str, Any], problems: list[Problem]) -> Any:
    value = document.get("endpointId")
    found = read(ENDPOINT, value) if isinstance(value, str) else None
    if value is not None and found is None:
        problems.append(Problem("endpointId", "must be the id of an endpoint"))
    return found


def _event(document: Mapping[str, Any], problems: list[Problem]) -> str | None:
    value = document.get("event")
    if value is None or (isinstance(value, str) and value in CATALOGUE):
        return value
    problems.append(Problem("event", "is not an event"))
    return None


def _subject(document: Mapping[str, Any], problems: list[Problem]) -> str | None:
    value = document.get("subject")
    if value is None or (
        isinstance(value, str) and 1 <= len(value) <= LONGEST_SUBJECT and "\x00" not in value
    ):
        return value
    problems.append(Problem("subject", f"must be text of 1 to {LONGEST_SUBJECT} characters"))
    return None


def _moment(document: Mapping[str, Any], name: str, problems: list[Problem]) -> datetime | None:
    value = document.get(name)
    if value is None:
        return None
    moment = moment_in(value)
    if moment is not None:
        return moment
    problems.append(Problem(name, "must be an ISO 8601 time with its offset from UTC"))
    return None
