"""Rules as the desk shows them: the list with its figures, and one rule with its versions. Reads only, in the page's
transaction."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from ratel.identifiers import show
from screening.models import Rule, RuleVersion
from screening.packs import load_pack
from screening.rule_trials.confidential import is_hidden
from screening.rule_trials.statistics import Figures, figures_of_all, tally_of
from screening.rules.parse import parse_rule
from screening.rules.problems import RuleProblems
from screening.rules.rule import Rule as ParsedRule
from screening.rulesets import LANE
from screening.services.rule_states import REGULATORY, RuleState, state_of
from teams.principal import Principal, TeamFacts

_ACT: Final = "Money Laundering (Prevention and Prohibition) Act 2022"
# Where the pack names the section that a fixed rule implements; of the others only the pack is known.
_SOURCES: Final = {
    "CBN-001": f"{_ACT}, section 11 (large cash)",
    "CBN-002": f"{_ACT}, section 11 (the limit that deposits stay under)",
    "CBN-003": f"{_ACT}, section 3 (transfers from and to abroad)",
}
SORTS: Final = ("order", "code", "hits", "precision", "points")


@dataclass(frozen=True)
class Line:
    """One rule in the list."""

    state: RuleState
    document: Mapping[str, Any]
    figures: Figures
    cost_ns: int | None
    is_bypassed: bool

    @property
    def rule(self) -> Rule:
        return self.state.rule

    @property
    def public_id(self) -> str:
        return show("rul", self.rule.id)

    @property
    def name(self) -> str:
        return str(self.document.get("name", ""))

    @property
    def lane(self) -> str:
        return str(self.document.get("lane", LANE))

    @property
    def _most(self) -> Mapping[str, Any]:
        variants = self.document.get("variants") or [self.document]
        return max(variants, key=lambda one: int(one.get("scoreContribution") or 0))

    @property
    def points(self) -> int:
        return int(self._most.get("scoreContribution") or 0)

    @property
    def severity(self) -> str:
        return str(self._most.get("severity", "medium"))

    @property
    def is_fixed(self) -> bool:
        return self.rule.layer == REGULATORY

    @property
    def cost_us(self) -> Decimal | None:
        return None if self.cost_ns is None else (Decimal(self.cost_ns) / 1000).quantize(Decimal("0.1"))


def lines_of(caller: Principal, now: datetime) -> tuple[list[Line], datetime | None]:
    """Every rule of the team in its order, archived ones too, and up to when the figures are counted."""
    team = caller.team
    rules = list(Rule.objects.filter(team_id=team.id))
    rules.sort(key=lambda rule: (rule.layer != REGULATORY, rule.position, rule.id))
    versions: dict[UUID, list[RuleVersion]] = {}
    for version in RuleVersion.objects.filter(team_id=team.id):
        versions.setdefault(version.rule_id, []).append(version)
    figures = figures_of_all(team.id, now)
    tally = tally_of(team.id)
    costs: Mapping[str, int] = tally.costs if tally else {}
    lines = []
    for rule in rules:
        state = state_of(rule, versions[rule.id])
        is_secret = is_hidden(caller, [one.document for one in versions[rule.id]])
        lines.append(
            Line(
                state=state,
                document=state.shown.document,
                figures=Figures() if is_secret else figures.get(rule.id, Figures()),
                cost_ns=costs.get(str(rule.id)),
                is_bypassed=is_bypassed(rule, now),
            )
        )
    return lines, tally.counted_at if tally else None


def is_bypassed(rule: Rule, now: datetime) -> bool:
    return rule.bypassed_until is not None and rule.bypassed_until > now


def sorted_lines(lines: list[Line], sort: str) -> list[Line]:
    keys: Mapping[str, Any] = {
        "code": lambda line: line.rule.code,
        "hits": lambda line: -line.figures.hits,
        "points": lambda line: -line.points,
        # What nobody has judged comes last.
        "precision": lambda line: (line.figures.precision is None, line.figures.precision or 0),
    }
    return sorted(lines, key=keys[sort]) if sort in keys else lines


def parsed(team: TeamFacts, rule: Rule, version: RuleVersion) -> ParsedRule | None:
    """What a version says; None of one whose country lists are gone."""
    try:
        return parse_rule(
            version.document,
            country_lists=load_pack(team.pack).country_lists,
            rule_id=str(rule.id),
            version=version.version,
            layer="regulatory" if rule.layer == REGULATORY else "custom_rules",
        )
    except RuleProblems:
        return None


def legal_source(team: TeamFacts, rule: Rule) -> str:
    """Which regulation a fixed rule implements, as the pack names it."""
    return _SOURCES.get(rule.code, f"the {load_pack(team.pack).name} pack")
