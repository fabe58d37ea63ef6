"""`payload-schema`: the keys of a team's own payload, edited as a new version, and a payload tried against them.

Trying decides nothing and keeps nothing: the payload is read as the stream dialect would read it, and forgotten.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from ratel.problem import Problem, Refusal
from ratel.tenancy import tenant
from screening.dialects.stream import FailedToRegister, parse_payload
from screening.models import PayloadSchema as StoredSchema
from screening.payload_schema import (
    MANDATORY,
    MOST_FIELDS,
    TARGETS,
    TYPES,
    Mismatch,
    PayloadField,
    sample_payload,
    schema_of,
)
from screening.services import payload_schemas as services
from screening.transaction import Counterparty, Customer, Transaction
from teams.models import Person
from teams.web.desk import Desk, action, page

MOST_VERSIONS: Final = 20
_BLANK_ROWS: Final = 4
_LONGEST_PAYLOAD: Final = 64_000


@dataclass(frozen=True)
class Row:
    """A row of the editor, as it is kept or as it was typed."""

    number: int
    key: str
    type: str
    maps_to: str


@dataclass(frozen=True)
class Version:
    """What a version changed against the one before it."""

    number: int
    at: datetime
    by: str
    fields: int
    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]


@dataclass(frozen=True)
class Tried:
    """What became of a payload: what does not fit, or what it was read as."""

    problem: str = ""
    mismatches: tuple[Mismatch, ...] = ()
    read: tuple[tuple[str, str], ...] = ()


@page(section="team", needs="team.read")
def payload_schema(desk: Desk) -> HttpResponse:
    stored = list(StoredSchema.objects.filter(team_id=desk.team.id).order_by("-version")[: MOST_VERSIONS + 1])
    newest = _fields(stored[0]) if stored else ()
    return _render(desk, stored, _rows(newest), _sample(newest))


@action(section="team", needs="team.write")
def save(desk: Desk) -> HttpResponse:
    """What is refused is told on the page, with everything as it was typed."""
    rows, form = _typed(desk.request), desk.request.POST
    document = _document(rows) | {"confirm": form.get("confirm") == "yes"}
    seen = form.get("version", "")
    try:
        saved = services.payload_schema_change(
            caller=desk.caller,
            document=document,
            seen_version=int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 9 else None,
        )
    except Refusal as refusal:
        if refusal.status >= 500:
            raise
        return _again(desk, rows, refusal=refusal, status=refusal.status)
    desk.say(f"Version {saved.version} of the payload schema holds now.")
    return desk.to("payload-schema")


@action(section="team", needs="team.read")
def try_payload(desk: Desk) -> HttpResponse:
    """The payload against the keys as they are typed, saved or not."""
    rows = _typed(desk.request)
    return _again(desk, rows, tried=_try(desk, rows, desk.request.POST.get("payload", "")))


def _try(desk: Desk, rows: Sequence[Row], text: str) -> Tried:
    problems: list[Problem] = []
    schema = schema_of(_document(rows), 1, problems)
    if problems:
        return Tried(problem="The keys are not a schema yet: " + _told(problems))
    try:
        payload = orjson.loads(text) if len(text) <= _LONGEST_PAYLOAD else None
    except orjson.JSONDecodeError:
        payload = None
    if not isinstance(payload, Mapping):
        return Tried(problem="This is not a JSON object of at most 64,000 characters.")
    inner = payload.get("data") if set(payload) == {"data"} else payload
    if not isinstance(inner, Mapping):
        return Tried(problem='Under "data" there must be an object.')
    try:
        read = parse_payload(inner, schema, desk.caller.team, timezone.now(), dialect="stream")
    except FailedToRegister as refused:
        return Tried(mismatches=refused.mismatches)
    return Tried(read=tuple(_said(read.transaction)))


def _said(transaction: Transaction) -> list[tuple[str, str]]:
    """Everything that was read, by the canonical field."""
    found = []
    for name, value in _parts(transaction):
        if isinstance(value, Customer | Counterparty):
            found += [(f"{name}.{part}", str(inner)) for part, inner in _parts(value)]
        elif isinstance(value, Mapping):
            found += [(f"{name}.{key}", str(inner)) for key, inner in value.items()]
        else:
            found.append((name, str(value)))
    return found


def _parts(struct: Transaction | Customer | Counterparty) -> Iterator[tuple[str, Any]]:
    """The fields that say something."""
    for name in struct.__struct_fields__:
        value = getattr(struct, name)
        if value is not None and value != "":
            yield name, value


def _again(
    desk: Desk,
    rows: Sequence[Row],
    *,
    refusal: Refusal | None = None,
    tried: Tried | None = None,
    status: int = 200,
) -> HttpResponse:
    with tenant(desk.caller.team.organisation_id, [desk.caller.team.id]):
        stored = list(
            StoredSchema.objects.filter(team_id=desk.team.id).order_by("-version")[: MOST_VERSIONS + 1]
        )
        payload = desk.request.POST.get("payload", "")[:_LONGEST_PAYLOAD] or _sample(())
        return _render(desk, stored, rows, payload, refusal=refusal, tried=tried, status=status)


def _render(
    desk: Desk,
    stored: Sequence[StoredSchema],
    rows: Sequence[Row],
    payload: str,
    *,
    refusal: Refusal | None = None,
    tried: Tried | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "version": stored[0].version if stored else 0,
        "kept": len(stored[0].fields) if stored else 0,
        "rows": rows,
        "payload": payload,
        "versions": _versions(stored),
        "refusal": refusal,
        "tried": tried,
        "types": TYPES,
        "targets": list(TARGETS),
        "mandatory": list(MANDATORY.items()),
        "most": MOST_FIELDS,
    }
    return desk.render("desk/payload_schema/page.html", context, status=status)


def _versions(stored: Sequence[StoredSchema]) -> list[Version]:
    names = dict(Person.objects.filter(id__in={one.created_by for one in stored}).values_list("id", "name"))
    found = []
    for position, one in enumerate(stored[:MOST_VERSIONS]):
        now = {field.key: field for field in _fields(one)}
        earlier = stored[position + 1] if position + 1 < len(stored) else None
        before = {field.key: field for field in _fields(earlier)} if earlier else {}
        found.append(
            Version(
                number=one.version,
                at=one.created_at,
                by=names.get(one.created_by or UUID(int=0), "an API key"),
                fields=len(now),
                added=tuple(key for key in now if key not in before),
                removed=tuple(key for key in before if key not in now),
                changed=tuple(key for key in now if key in before and now[key] != before[key]),
            )
        )
    return found


def _fields(stored: StoredSchema) -> tuple[PayloadField, ...]:
    return tuple(PayloadField(one["key"], one["type"], one.get("mapsTo")) for one in stored.fields)


def _rows(kept: Sequence[PayloadField]) -> list[Row]:
    rows = [Row(number, one.key, one.type, one.maps_to or "") for number, one in enumerate(kept)]
    blank = min(_BLANK_ROWS, MOST_FIELDS - len(rows))
    return rows + [Row(len(rows) + more, "", "String", "") for more in range(blank)]


def _typed(request: HttpRequest) -> list[Row]:
    """The rows of the form; a row whose key was cleared is gone."""
    form = request.POST
    return [
        Row(
            number,
            form.get(f"key-{number}", "").strip()[:200],
            form.get(f"type-{number}", "")[:20],
            form.get(f"maps-{number}", "")[:100],
        )
        for number in range(MOST_FIELDS)
        if f"key-{number}" in form
    ]


def _document(rows: Sequence[Row]) -> dict[str, Any]:
    return {
        "fields": [
            {"key": row.key, "type": row.type, **({"mapsTo": row.maps_to} if row.maps_to else {})}
            for row in rows
            if row.key
        ]
    }


def _sample(kept: Sequence[PayloadField]) -> str:
    return orjson.dumps(sample_payload(kept, timezone.now()), option=orjson.OPT_INDENT_2).decode()


def _told(problems: Sequence[Problem]) -> str:
    return " ".join(f"{one.path} {one.message}." for one in problems[:10])
