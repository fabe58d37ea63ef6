"""Whoever acts on a rule as a page showed it is told when it is no longer so: a mark of what actions change."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from uuid import UUID

import orjson

from ratel.problem import Conflict
from screening.services.changes import team_change
from screening.services.rule_states import RuleState, load_state
from teams.principal import Principal

_CHARACTERS: Final = 16


def mark_of(state: RuleState) -> str:
    """The same for the same state of a rule and its versions, another after any change."""
    rule = state.rule
    said = [
        rule.status,
        rule.live_version,
        rule.shadow_version,
        rule.bypassed_until,
        state.newest.version,
        state.newest.status,
        state.working.version,
        state.working.document,
    ]
    return hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).hexdigest()[:_CHARACTERS]


@contextmanager
def unchanged(caller: Principal, rule_id: UUID | None, mark: str) -> Iterator[None]:
    """A transaction in which the rule still is what `mark` says and nobody else changes it. Raises Conflict with the
    rule's status; an empty mark asks for nothing."""
    with team_change(caller):
        state = load_state(caller.team.id, rule_id)
        if mark and mark != mark_of(state):
            raise Conflict(
                "The rule has been changed since this page was opened",
                code="stale",
                extra={"allowed": list(state.allowed), "current": {"status": state.rule.status}},
            )
        yield
