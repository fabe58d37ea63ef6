"""Reads the form of a report: which changes it asks for, and which files came with it."""

from collections import defaultdict
from datetime import UTC, datetime
from typing import Final

from django.http import HttpRequest, QueryDict

from cases.reports.edit import Edit
from cases.reports.filing import LARGEST_BYTES, LONGEST_REFERENCE, Evidence, evidence_of
from ratel.problem import Invalid, Problem, TooLarge

_PARTY: Final = "party."
_LONGEST_VERSION: Final = 9


def edit_in(form: QueryDict) -> Edit:
    """Only what the form has fields for; a ticked payment is reported, one that is not is left out."""
    parties: dict[str, dict[str, str]] = defaultdict(dict)
    for name in form:
        if name.startswith(_PARTY):
            _, key, field = [*name.split(".", 2), "", ""][:3]
            parties[key][field] = str(form[name])
    has_payments = "all_payments" in form
    left_out = set(form.getlist("all_payments")) - set(form.getlist("reported"))
    return Edit(
        narrative=form.get("narrative"),
        assessment=form.get("assessment"),
        action=form.get("action"),
        indicators=tuple(form.getlist("indicators")) if "has_indicators" in form else None,
        parties=parties,
        left_out=frozenset(left_out) if has_payments else None,
    )


def version_in(form: QueryDict) -> int | None:
    text = str(form.get("version", ""))
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _LONGEST_VERSION else None


def reference_in(form: QueryDict) -> str:
    text = str(form.get("reference", "")).strip()
    if not 1 <= len(text) <= LONGEST_REFERENCE or "\x00" in text:
        raise Invalid(errors=[Problem("reference", f"must have 1 to {LONGEST_REFERENCE} characters")])
    return text


def moment_in(form: QueryDict, name: str, now: datetime) -> datetime:
    """A time in UTC as a browser sends it, not in the future; now where none is given."""
    text = str(form.get(name, ""))
    if not text:
        return now
    try:
        moment = datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        raise Invalid(errors=[Problem(name, "must be a date and time")]) from None
    if moment > now:
        raise Invalid(errors=[Problem(name, "must not be in the future")])
    return moment


def evidence_in(request: HttpRequest) -> Evidence | None:
    given = request.FILES.get("file")
    if given is None:
        return None
    if (given.size or 0) > LARGEST_BYTES:
        raise TooLarge(f"A file may have {LARGEST_BYTES:,} bytes at most: nothing was stored")
    return evidence_of(given.name or "", given.read())
