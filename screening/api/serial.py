"""How stored configuration is shown by the API."""

from datetime import datetime
from typing import Any

from django.utils import timezone

from ratel.identifiers import show
from screening.models import Rule, RuleVersion
from screening.rules.document import rule_document
from screening.services.rule_states import RuleState
from screening.services.rules import rule_parsed
from teams.principal import TeamFacts


def rule_json(team: TeamFacts, state: RuleState, version: RuleVersion | None = None) -> dict[str, Any]:
    """A rule as one of its versions says it; by default the one that decides.

    Only what was sent decides, so every field is there: a rule with `variants` has no conditions of its own, and its
    severity, action and points are those of the variant with the most points.
    """
    rule, version = state.rule, version or state.shown
    parsed = rule_parsed(team=team, document=version.document, rule_id=rule.id, version=version.version)
    document = rule_document(parsed)
    return {
        "id": show("rul", rule.id),
        "code": parsed.code,
        "name": parsed.name,
        "description": parsed.description,
        "lane": parsed.lane,
        "category": parsed.category,
        "type": parsed.type,
        "severity": parsed.severity,
        "action": parsed.action,
        "scoreContribution": parsed.score_contribution,
        "conditions": document.get("conditions"),
        "appliesWhen": document.get("appliesWhen"),
        "groupBy": list(parsed.group_by),
        "variants": document.get("variants", []),
        "explanation": parsed.explanation,
        "drafts": list(parsed.drafts),
        "tags": list(parsed.tags),
        "status": rule.status,
        "version": version.version,
        "liveVersion": rule.live_version,
        "pendingVersion": state.pending.version if state.pending else None,
        "pendingStatus": state.pending.status if state.pending else None,
        "shadowVersion": rule.shadow_version,
        "layer": rule.layer,
        "approvedBy": str(version.approved_by) if version.approved_by else None,
        "approvedAt": version.approved_at,
        "bypass": _bypass(rule, timezone.now()),
        "createdAt": rule.created_at,
    }


def _bypass(rule: Rule, now: datetime) -> dict[str, Any] | None:
    if rule.bypassed_until is None or rule.bypassed_until <= now:
        return None
    return {"until": rule.bypassed_until, "reason": rule.bypass_reason}
