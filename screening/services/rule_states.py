"""The life of a rule as one table: what may be done with it in which state.

A rule has a status (draft, pending_approval, active, paused, archived); a rule that is live or paused may besides have
one pending version, a draft or one that waits for approval, while the live version stays as it is.
"""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from ratel.problem import Conflict, NotFound
from screening.models import Rule, RuleVersion

REGULATORY: Final = "regulatory"
_OF_RULE: Final[dict[str, tuple[str, ...]]] = {
    "draft": ("archive",),
    "pending_approval": ("archive",),
    "active": ("pause", "bypass", "archive"),
    "paused": ("activate", "archive"),
    "archived": (),
}
_OF_PENDING: Final[dict[str, tuple[str, ...]]] = {
    "none": ("update",),
    "draft": ("update", "submit"),
    "pending_approval": ("approve", "reject"),
}


@dataclass(frozen=True)
class RuleState:
    """A rule with the version that decides (or would, were it not paused) and the one that is being worked on."""

    rule: Rule
    live: RuleVersion | None
    pending: RuleVersion | None
    newest: RuleVersion

    @property
    def shown(self) -> RuleVersion:
        """What the rule says: the live version, of a rule that never was live the newest."""
        return self.live or self.newest

    @property
    def working(self) -> RuleVersion:
        """The version that a change builds on."""
        return self.pending or self.shown

    @property
    def allowed(self) -> tuple[str, ...]:
        """The actions that are possible now, in the order of a rule's life."""
        if self.rule.layer == REGULATORY or self.rule.status == Rule.Status.ARCHIVED:
            return ()
        of_pending = _OF_PENDING[self.pending.status if self.pending else "none"]
        return of_pending + self._of_shadow + _OF_RULE[self.rule.status]

    @property
    def _of_shadow(self) -> tuple[str, ...]:
        """A version that decides has no need of the shadow."""
        running = self.rule.shadow_version
        decides = self.rule.status == Rule.Status.ACTIVE and self.working.version == self.rule.live_version
        can_start = running != self.working.version and not decides
        return (("shadow",) if can_start else ()) + (("unshadow",) if running is not None else ())

    def handed_over(self, action: str) -> RuleVersion:
        """The pending version, for an action that needs one; raises Conflict where there is none in that state."""
        self.require(action)
        if self.pending is None:
            raise Conflict("There is no version to do that with", extra={"allowed": list(self.allowed)})
        return self.pending

    def require(self, action: str) -> None:
        """Raises Conflict, naming what is allowed instead."""
        if self.rule.layer == REGULATORY:
            raise Conflict(
                "Regulatory rules are fixed", code="regulatory_rule_is_fixed", extra={"allowed": []}
            )
        if action not in self.allowed:
            raise Conflict(
                f"A rule in this state does not take {action}", extra={"allowed": list(self.allowed)}
            )


def state_of(rule: Rule, versions: list[RuleVersion]) -> RuleState:
    """`versions` are all of the rule's."""
    ordered = sorted(versions, key=lambda version: version.version)
    live = next((version for version in ordered if version.version == rule.live_version), None)
    waiting = {Rule.Status.DRAFT, Rule.Status.PENDING_APPROVAL}
    pending = next((version for version in reversed(ordered) if version.status in waiting), None)
    return RuleState(rule, live, pending, ordered[-1])


def load_state(team_id: UUID, rule_id: UUID | None) -> RuleState:
    """The state of one of the team's rules; call inside `tenant(...)`. Raises NotFound."""
    rule = Rule.objects.filter(team_id=team_id, id=rule_id).first() if rule_id else None
    if rule is None:
        raise NotFound
    return state_of(rule, list(rule.versions.all()))
