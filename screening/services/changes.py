"""What every change of a team's configuration has in common: one at a time, seen at once, written down.

It must never be used on the decision path: changes of one team wait for each other.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from ratel.problem import Invalid, Problem
from ratel.statements import insert
from ratel.tenancy import tenant
from screening.rules.problems import RuleProblems
from teams.configuration import STAMPS
from teams.principal import Principal
from webhooks.outbox import OUTBOX_INSERT, event_row

_CONFIGURATION_LOCK: Final = 0x52A7_E102
MOST_PROBLEMS: Final = 100
LONGEST_PATH: Final = 256


@contextmanager
def team_change(caller: Principal) -> Iterator[None]:
    """A transaction that sees the caller's team and in which nobody else changes its configuration."""
    with tenant(caller.team.organisation_id, [caller.team.id]):
        lock_configuration(caller.team.id)
        # Other processes look within half a second; this one answers its own caller with what it just wrote.
        transaction.on_commit(STAMPS.forget)
        yield


def lock_configuration(team_id: UUID) -> None:
    """Until the transaction ends nobody else changes the team's configuration."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [_CONFIGURATION_LOCK, str(team_id)])


def tell(*, caller: Principal, event: str, subject: str, data: Mapping[str, Any]) -> None:
    """One event in the current transaction's outbox."""
    row = event_row(
        event,
        organisation_id=caller.team.organisation_id,
        team_id=caller.team.id,
        subject=subject,
        occurred_at=timezone.now(),
        data=data,
    )
    insert(OUTBOX_INSERT, row)


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Of two documents only the keys whose values differ; a key that one lacks is None there."""
    keys = [key for key in {**before, **after} if before.get(key) != after.get(key)]
    return {key: before.get(key) for key in keys}, {key: after.get(key) for key in keys}


def invalid(found: RuleProblems) -> Invalid:
    """The engine's list of problems as the answer that names them."""
    return Invalid(errors=as_problems(found.problems))


def as_problems(found: Sequence[Any]) -> list[Problem]:
    return [Problem(problem.path[:LONGEST_PATH], problem.message) for problem in found[:MOST_PROBLEMS]]
