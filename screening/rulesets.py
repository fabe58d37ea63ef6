"""Rulesets: the immutable list of which version of which rule was active, written whenever that changes.

The pack's country lists are written with it: what a rule means by a list's name never changes behind its back.
"""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from django.db.models import F

from ratel.tenancy import tenant
from screening.models import Rule, Ruleset, RuleVersion
from screening.packs import load_pack
from teams.models import Team
from teams.principal import TeamFacts

_names: Final[dict[UUID, tuple[tuple[str, str], ...]]] = {}
_MOST_KEPT: Final = 1_000
LANE: Final = "transaction"


def write_ruleset(organisation_id: UUID, team_id: UUID) -> Ruleset:
    """Writes down what is active now; call in the transaction of the change, inside `tenant(...)` and, once the team is
    in use, under the lock of `lock_configuration`.

    Regulatory rules come first, in the order of their pack: the order of an evaluation's rule states. Rules of other
    lanes than the transactions' are active, but decide no transaction.
    """
    active = RuleVersion.objects.filter(
        rule__team_id=team_id, rule__status=Rule.Status.ACTIVE, version=F("rule__live_version")
    ).select_related("rule")
    deciding = [version for version in active if version.document.get("lane", LANE) == LANE]
    deciding.sort(
        key=lambda version: (version.rule.layer != "regulatory", version.rule.position, version.rule.id)
    )
    newest = newest_ruleset(team_id)
    in_shadow = RuleVersion.objects.filter(
        rule__team_id=team_id, version=F("rule__shadow_version")
    ).select_related("rule")
    trying = [version for version in in_shadow if version.document.get("lane", LANE) == LANE]
    trying.sort(key=lambda version: (version.rule.position, version.rule.id))
    return Ruleset.objects.create(
        organisation_id=organisation_id,
        team_id=team_id,
        number=newest.number + 1 if newest else 1,
        rules=[[str(version.rule.id), version.version] for version in deciding],
        country_lists=lists_now(team_id, newest),
        shadow=[[str(version.rule.id), version.version] for version in trying],
    )


def newest_ruleset(team_id: UUID) -> Ruleset | None:
    """The ruleset that decides; None for a team that is being made. Call inside `tenant(...)`."""
    return Ruleset.objects.filter(team_id=team_id).order_by("-number").first()


def lists_now(team_id: UUID, newest: Ruleset | None) -> dict[str, list[str]]:
    """The country lists of the team's pack as it is now; one that the pack no longer has stays, for rules read it."""
    lists = load_pack(Team.objects.get(id=team_id).pack).country_lists
    kept = newest.country_lists if newest else {}
    return {**kept, **{name: sorted(countries) for name, countries in lists.items()}}


def rule_names(team: TeamFacts, ruleset_id: UUID) -> Sequence[tuple[str, str]]:
    """Id and code of each rule of a ruleset, in its order."""
    kept = _names.get(ruleset_id)
    if kept is None:
        with tenant(team.organisation_id, [team.id]):
            ruleset = Ruleset.objects.get(id=ruleset_id, team_id=team.id)
            codes = {str(rule.id): rule.code for rule in Rule.objects.filter(team_id=team.id)}
        kept = tuple((rule_id, codes[rule_id]) for rule_id, _ in ruleset.rules)
        if len(_names) >= _MOST_KEPT:
            _names.clear()
        _names[ruleset_id] = kept
    return kept
