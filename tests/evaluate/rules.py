"""Custom rules for tests, written straight into a team as if they had been approved."""

from typing import Any

from screening.models import Rule, RuleVersion
from screening.rulesets import write_ruleset
from tests.cast import Bank, changed

# Always there, worth nothing: its line says how many transactions of the last 24 hours were seen.
COUNTER = {
    "code": "COUNTER",
    "name": "Counter",
    "category": "test",
    "type": "velocity",
    "lane": "transaction",
    "severity": "low",
    "action": "alert",
    "scoreContribution": 0,
    "explanation": "{seen} seen",
    "conditions": {
        "aggregate": {"function": "count", "window": "PT24H", "as": "seen"},
        "operator": ">=",
        "value": 1,
    },
}


def rule(code: str, conditions: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A document of a rule worth 10 points."""
    base = {
        "category": "test",
        "type": "threshold",
        "lane": "transaction",
        "severity": "low",
        "action": "alert",
    }
    return {
        "code": code,
        "name": code.title(),
        "scoreContribution": 10,
        "conditions": conditions,
        **base,
        **fields,
    }


def add_rules(bank: Bank, pack: str, *documents: dict[str, Any], layer: str = "custom_rules") -> None:
    """Puts rules into force beside those of the pack."""
    team = bank.teams[pack]
    with bank.seeing(pack):
        for position, document in enumerate(documents):
            ids = {"organisation_id": bank.id, "team_id": team.id}
            made = Rule.objects.create(
                **ids,
                code=document["code"],
                layer=layer,
                status="active",
                position=100 + position,
                live_version=1,
            )
            RuleVersion.objects.create(**ids, rule=made, version=1, document=document, status="active")
        write_ruleset(bank.id, team.id)
    changed()


def set_policy(bank: Bank, pack: str, **fields: Any) -> None:
    """Replaces fields of the team's live decision policy."""
    from screening.models import DecisionPolicy

    with bank.seeing(pack):
        live = DecisionPolicy.objects.get(status="live")
        live.document = {**live.document, **fields}
        live.save()
    changed()
