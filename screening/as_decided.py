"""A stored evaluation with all that it was decided from, read back: input, profile, past, ruleset and policy of the time.

Nothing of it comes from today's configuration but the name lists, which only count where names are screened again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from ratel.statements import driver_connection
from ratel.tenancy import tenant
from screening.asked import keys_in, text_key
from screening.configuration import (
    TeamConfiguration,
    WrittenRuleset,
    assemble,
    policy_of_version,
    rule_documents,
    written_ruleset,
)
from screening.context import Context, Past, make_context
from screening.evaluation import Evaluation
from screening.policy import Policy
from screening.rates import Rates
from screening.replays import open_evaluation, open_transaction
from screening.rules.aggregates import Aggregate
from screening.transaction import Transaction
from teams.principal import TeamFacts

_EVALUATIONS: Final = (
    "SELECT e.id, e.sealed_detail, e.customer_id, t.id, t.sealed_input, r.id, r.rules, r.country_lists"
    " FROM screening_evaluation e"
    " JOIN screening_transaction t ON t.id = e.transaction_id JOIN screening_ruleset r ON r.id = e.ruleset_id"
    " WHERE e.id = ANY (%s) AND e.team_id = %s"
)
_FOR_GOOD: Final = datetime.max.replace(tzinfo=UTC)
# What a configuration is made of, and what tells it from others: ruleset, policy version, suspended rules.
_Written = tuple[WrittenRuleset, list[dict[str, Any]], Policy]
_Key = tuple[UUID, int, tuple[str, ...]]


@dataclass(frozen=True)
class AsDecided:
    """One stored evaluation, what was sent, and what its team decided by then."""

    evaluation: Evaluation
    customer_id: UUID
    transaction: Transaction
    configuration: TeamConfiguration

    def context(self) -> Context:
        """What the layers read then; new at each call, because running the layers adds to it."""
        evaluation, configuration = self.evaluation, self.configuration
        past = _past(evaluation.past, configuration.asked)
        return make_context(
            self.transaction, evaluation.profile, past, evaluation.amount, configuration.counting
        )


class Reader:
    """Reads evaluations of one team. What was compiled for one serves the next: keep a reader for one piece of work."""

    def __init__(self, team: TeamFacts) -> None:
        self._team = team
        self._compiled: dict[_Key, TeamConfiguration] = {}

    def read(self, identifiers: Sequence[UUID]) -> dict[UUID, AsDecided]:
        """By id; an evaluation that the team does not have is left out."""
        team = self._team
        with tenant(team.organisation_id, [team.id]):
            rows = driver_connection().execute(_EVALUATIONS, (list(identifiers), team.id)).fetchall()
            opened = [(open_evaluation(row[0], bytes(row[1])), row) for row in rows]
            written = self._written(opened)
        for key, parts in written.items():
            # The amount was converted then and is stored; today's rates have no part in it.
            self._compiled[key] = assemble(team, *parts, Rates(team.currency))
        return {
            evaluation.id: AsDecided(
                evaluation=evaluation,
                customer_id=row[2],
                transaction=open_transaction(row[3], row[4]),
                configuration=self._compiled[_key(evaluation)],
            )
            for evaluation, row in opened
        }

    def _written(self, opened: Sequence[tuple[Evaluation, tuple[Any, ...]]]) -> Mapping[_Key, _Written]:
        """What is still to be compiled for these evaluations."""
        found: dict[_Key, _Written] = {}
        for evaluation, row in opened:
            key = _key(evaluation)
            if key in self._compiled or key in found:
                continue
            ruleset = written_ruleset(*row[5:8])
            documents = rule_documents(self._team.id, ruleset.rules)
            for document in documents:
                is_suspended = document["rule_id"] in evaluation.bypassed_rules
                document["bypassed_until"] = _FOR_GOOD if is_suspended else None
            found[key] = (ruleset, documents, policy_of_version(self._team.id, evaluation.policy_version))
        return found


def _key(evaluation: Evaluation) -> _Key:
    return (evaluation.ruleset_id, evaluation.policy_version, evaluation.bypassed_rules)


def _past(past: Past, asked: Sequence[Aggregate]) -> Past:
    """The stored past as `asked` expects it; what was not asked then is unknown."""
    found = dict(zip(keys_in(past.asked), past.stored, strict=True))
    keys = [text_key(aggregate) for aggregate in asked]
    was_unknown = {keys_in(past.asked)[position] for position in past.unknown}
    return replace(
        past,
        stored=tuple([_typed(one, found.get(key)) for one, key in zip(asked, keys, strict=True)]),
        unknown=tuple(
            [position for position, key in enumerate(keys) if key in was_unknown or key not in found]
        ),
    )


def _typed(aggregate: Aggregate, value: Any) -> Any:
    """The stored number with its type: money was kept as text, an average as a pair of money and count."""
    if aggregate.function == "average":
        total, count = value or (None, 0)
        return (_money(total), count)
    return _money(value) if aggregate.is_money else value or 0


def _money(value: Any) -> Decimal | None:
    return None if value is None else Decimal(value)
