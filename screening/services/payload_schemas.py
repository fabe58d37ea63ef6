"""A team's payload schema: read from the process's cache, changed as a new version."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final, TypeVar

import orjson
from django.utils import timezone

from ratel.problem import Conflict, Invalid, Problem, Refusal
from ratel.statements import driver_connection
from ratel.tenancy import tenant
from screening.configuration import configuration_of
from screening.models import PayloadSchema as StoredSchema
from screening.payload_schema import PayloadField, PayloadSchema, document_of, sample_payload, schema_of
from screening.rules.nodes import AggregateRef, FieldRef, Node, references
from screening.rules.rule import Rule
from screening.services.changes import team_change
from teams.audit import note
from teams.configuration import STAMPS, Cached
from teams.principal import Principal, TeamFacts

Read = TypeVar("Read")
_kept: Final[Cached[PayloadSchema | None]] = Cached()
NONE: Final = PayloadSchema(0, ())


def payload_schema_of(team: TeamFacts) -> PayloadSchema | None:
    """The newest version, at most half a second old; None for a team that has none."""
    return _kept.get(team.id, (team.id,), lambda: _load(team))


def read_by_newest(team: TeamFacts, read: Callable[[PayloadSchema | None], Read]) -> Read:
    """What `read` makes of a payload by the team's schema. Nothing is refused for a schema that has changed meanwhile:
    before a refusal is answered, the newest version is asked."""
    known = payload_schema_of(team)
    try:
        return read(known)
    except Refusal:
        STAMPS.forget()
        newest = payload_schema_of(team)
        if newest == known:
            raise
        return read(newest)


def payload_sample(team: TeamFacts) -> dict[str, Any] | None:
    """A payload that the team's schema takes; None for a team that has none."""
    schema = payload_schema_of(team)
    return sample_payload(schema.fields, timezone.now()) if schema else None


def _load(team: TeamFacts) -> PayloadSchema | None:
    with tenant(team.organisation_id, [team.id]):
        row = (
            driver_connection()
            .execute(
                "SELECT version, fields FROM screening_payloadschema WHERE team_id = %s ORDER BY version DESC LIMIT 1",
                (team.id,),
            )
            .fetchone()
        )
    return _read(row[0], orjson.loads(row[1])) if row else None


def _read(version: int, fields: list[Any]) -> PayloadSchema:
    """What was checked when it was written; it may have no field beside the mandatory ones."""
    return PayloadSchema(
        version, tuple(PayloadField(one["key"], one["type"], one.get("mapsTo")) for one in fields)
    )


def payload_schema_change(
    *, caller: Principal, document: Mapping[str, Any], seen_version: int | None = None
) -> PayloadSchema:
    """The new version, or the current one where nothing changes. Raises Invalid, and Conflict naming the rules that read
    a key which would be gone, unless `"confirm": true` says that it may be; also where the newest version is not
    `seen_version`, if that is given."""
    problems: list[Problem] = []
    wanted = schema_of(document, 1, problems)
    confirmed = document.get("confirm", False)
    if not isinstance(confirmed, bool):
        problems.append(Problem("confirm", "must be true or false"))
    if problems:
        raise Invalid(errors=problems)
    with team_change(caller):
        stored = StoredSchema.objects.filter(team_id=caller.team.id).order_by("-version").first()
        current = _read(stored.version, stored.fields) if stored else NONE
        if seen_version is not None and seen_version != current.version:
            raise Conflict(f"Somebody saved version {current.version} meanwhile", code="schema_changed")
        if stored and current.fields == wanted.fields:
            return current
        _refuse_broken_rules(caller.team, current, wanted, confirmed=confirmed)
        wanted = replace(wanted, version=current.version + 1)
        StoredSchema.objects.create(
            organisation_id=caller.team.organisation_id,
            team_id=caller.team.id,
            version=wanted.version,
            fields=document_of(wanted),
            created_by=caller.id,
        )
        note(
            caller=caller,
            action="payload_schema.changed",
            subject=("team", str(caller.team.id)),
            before={"version": current.version, "fields": document_of(current)} if stored else None,
            after={"version": wanted.version, "fields": document_of(wanted)},
        )
        return wanted


def _refuse_broken_rules(
    team: TeamFacts, current: PayloadSchema, wanted: PayloadSchema, *, confirmed: bool
) -> None:
    gone = {field.read_as for field in current.fields} - {field.read_as for field in wanted.fields}
    broken = {rule.code: sorted(gone & fields_read(rule)) for rule in configuration_of(team).rules}
    broken = {code: names for code, names in broken.items() if names}
    if broken and not confirmed:
        named = "; ".join(f"{code} reads {', '.join(names)}" for code, names in broken.items())
        raise Conflict(
            f"Rules read what would be gone: {named}. Send it with confirm: true to save it all the same.",
            code="rules_read_removed_keys",
            extra={"current": {"rules": broken}},
        )


def fields_read(rule: Rule) -> set[str]:
    """Every field that the rule compares, also in the filters of its windows."""
    found: set[str] = set()
    waiting: list[Node] = list(rule.trees)
    while waiting:
        for one in references(waiting.pop()):
            if isinstance(one, FieldRef):
                found.add(one.name)
            elif isinstance(one, AggregateRef):
                found.update({"amount"} if one.aggregate.is_money else set())
                if one.aggregate.where is not None:
                    waiting.append(one.aggregate.where)
    return found
