"""Repeats a stored evaluation: the same input, the same context and the same versions must give the same decision.

Everything comes from what was stored with the evaluation: the transaction, the profile and past that were read, the
versions of rules and policy, what name screening found, which layers had not answered and which rules were suspended.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from screening.aggregate import aggregate
from screening.as_decided import Reader
from screening.decide import decide, ordered_hits
from screening.evaluation import Evaluation
from screening.layers import run_layers
from screening.layers.result import no_answer
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
    decided = Reader(team).read([evaluation_id]).get(evaluation_id)
    if decided is None:
        raise UnknownEvaluation
    evaluation, ruleset = decided.evaluation, decided.configuration.ruleset
    layers = run_layers(decided.context(), ruleset, evaluation.decided_at, evaluation.layer("sanctions"))
    for name in evaluation.missing_layers:
        layers[name] = no_answer(name, "missing then")
    policy = ruleset.policy
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
