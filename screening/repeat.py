"""Repeats a stored evaluation: the same input, the same context and the same versions must give the same decision.

Everything comes from what was stored with the evaluation: the transaction, the profile and past that were read, the
versions of rules and policy, what name screening found, which layers had not answered and which rules were suspended.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from ratel.sealing import unseal
from ratel.statements import driver_connection
from ratel.tenancy import tenant
from screening.aggregate import aggregate
from screening.asked import keys_in, text_key
from screening.configuration import (
    TeamConfiguration,
    assemble,
    policy_of_version,
    rule_documents,
    written_ruleset,
)
from screening.context import Past, make_context
from screening.decide import decide, ordered_hits
from screening.evaluation import Evaluation
from screening.layers import run_layers
from screening.layers.result import no_answer
from screening.rates import Rates
from screening.replays import open_evaluation
from screening.rules.aggregates import Aggregate
from screening.transaction import Transaction
from teams.principal import TeamFacts


class UnknownEvaluation(LookupError):
    """The team has no evaluation with that id."""


@dataclass(frozen=True)
class Repetition:
    """What was stored and what came out now, as comparable values; equal where nothing was tampered with."""

    stored: Mapping[str, Any]
    repeated: Mapping[str, Any]

    @property
    def differences(self) -> dict[str, tuple[Any, Any]]:
        return {
            name: (value, self.repeated[name])
            for name, value in self.stored.items()
            if self.repeated[name] != value
        }


def repeat(team: TeamFacts, evaluation_id: UUID) -> Repetition:
    """Decides a stored evaluation again; raises UnknownEvaluation."""
    evaluation, transaction, configuration = _load(team, evaluation_id)
    asked = configuration.asked
    context = make_context(
        transaction,
        evaluation.profile,
        _past(evaluation.past, asked),
        evaluation.amount,
        configuration.counting,
    )
    layers = run_layers(context, configuration.ruleset, evaluation.decided_at, evaluation.layer("sanctions"))
    for name in evaluation.missing_layers:
        layers[name] = no_answer(name, "missing then")
    policy = configuration.ruleset.policy
    score = aggregate(layers, policy)
    decision = decide(score, layers, policy)
    repeated = {
        "decision": decision.outcome.code,
        "riskScore": decision.risk_score,
        "riskLevel": decision.risk_level,
        "hits": [
            (hit.rule_id, hit.rule_version, hit.points, hit.line) for hit in ordered_hits(layers.values())
        ],
        "ruleStates": layers["regulatory"].states + layers["custom_rules"].states,
        "layerScores": {name: layer.score for name, layer in layers.items()},
    }
    return Repetition(_stored(evaluation), repeated)


def _stored(evaluation: Evaluation) -> dict[str, Any]:
    return {
        "decision": evaluation.decision,
        "riskScore": evaluation.risk_score,
        "riskLevel": evaluation.risk_level,
        "hits": [(hit.rule_id, hit.rule_version, hit.points, hit.line) for hit in evaluation.hits],
        "ruleStates": evaluation.rule_states,
        "layerScores": {layer.name: layer.score for layer in evaluation.layers},
    }


def _load(team: TeamFacts, evaluation_id: UUID) -> tuple[Evaluation, Transaction, TeamConfiguration]:
    with tenant(team.organisation_id, [team.id]):
        row = (
            driver_connection()
            .execute(
                "SELECT e.sealed_detail, t.id, t.sealed_input, r.id, r.rules, r.country_lists"
                " FROM screening_evaluation e"
                " JOIN screening_transaction t ON t.id = e.transaction_id JOIN screening_ruleset r ON r.id = e.ruleset_id"
                " WHERE e.id = %s AND e.team_id = %s",
                (evaluation_id, team.id),
            )
            .fetchone()
        )
        if row is None:
            raise UnknownEvaluation
        evaluation = open_evaluation(evaluation_id, bytes(row[0]))
        transaction = msgspec.json.decode(unseal(bytes(row[2]), row[1].bytes), type=Transaction)
        written = written_ruleset(*row[3:])
        documents = rule_documents(team.id, written.rules)
        policy = policy_of_version(team.id, evaluation.policy_version)
    for document in documents:
        suspended = document["rule_id"] in evaluation.bypassed_rules
        document["bypassed_until"] = evaluation.decided_at + timedelta(days=1) if suspended else None
    # The amount was converted then and is stored; today's rates have no part in it.
    rates = Rates(team.currency)
    return evaluation, transaction, assemble(team, written, documents, policy, rates)


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
