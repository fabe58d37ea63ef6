"""One case with everything its page shows, in six statements."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from cases.alert_view.layers import Scores, scores_of
from cases.alert_view.queue import hidden_rules
from cases.alert_view.wording import Hidden, is_hidden, sentence_of, why_of_evaluation
from cases.case_view.decisions import AlertOfCase, Decisions, Payment, decisions_of
from cases.case_view.history import Event, timeline_of
from cases.case_view.network import Edge, Network, drawn, flows_of
from cases.case_view.people import People, people_of
from cases.case_view.records import Record, records_of
from cases.case_view.related import RelatedCase, related_cases
from cases.case_view.steps import note_view
from cases.files.services import open_name
from cases.models import Alert, Case
from cases.relations import reason_of as reason_of_relation
from cases.services.cases import OPEN_ALERTS, description_of, needs_four_eyes, reason_of
from cases.sink import DUE_AFTER
from cases.transitions import OPEN_STATUSES, Status, allowed_from, disposition_of
from ratel.identifiers import show
from ratel.problem import NotFound
from ratel.sealing import unseal
from screening.configuration import configuration_of, policy_of_version
from screening.evaluation import Evaluation
from screening.layers.result import Hit
from screening.models import Customer
from screening.services.customers import facts_of
from teams.principal import Principal


@dataclass(frozen=True)
class Written:
    """A note, with who wrote it."""

    who: str
    at: datetime
    text: str


@dataclass(frozen=True)
class FileShown:
    id: UUID
    name: str
    kind: str
    size_bytes: int
    sha256: str
    who: str
    at: datetime


@dataclass(frozen=True)
class RelationShown:
    """The far side of a relation, as a public id with what it is by now."""

    kind: str
    shown: str
    status: str
    type: str
    title: str
    reason: str
    who: str


@dataclass(frozen=True)
class HitShown:
    """A rule that triggered, with how many of the case's alerts it triggered for; one that tells of reports says
    nothing to those who may not know of any."""

    hit: Hit
    sentence: str
    is_silent: bool
    alerts: int


@dataclass(frozen=True)
class CasePage:
    case: Case
    customer: Customer | None
    facts: dict[str, Any]
    description: str
    reason: str
    decisions: Decisions
    hits: tuple[HitShown, ...]
    whys: dict[UUID, str]
    scores: Scores | None
    notes: tuple[Written, ...]
    files: tuple[FileShown, ...]
    relations: tuple[RelationShown, ...]
    related: tuple[RelatedCase, ...]
    reports: tuple[Record, ...]
    timeline: tuple[Event, ...]
    network: Network
    people: People
    four_eyes: bool
    due_at: datetime | None

    @property
    def name(self) -> str:
        """Whom the case is about, as people know them."""
        if self.customer is None:
            return "nobody that is monitored"
        return str(self.facts.get("fullName") or self.customer.reference)

    @property
    def assignee(self) -> str:
        return self.people.name("person", self.case.assigned_to_id) if self.case.assigned_to_id else ""

    @property
    def proposer(self) -> str:
        kind = "person" if self.case.proposed_by_id == self.case.proposed_by_person_id else "key"
        return self.people.name(kind, self.case.proposed_by_id) if self.case.proposed_by_id else ""

    @property
    def is_open(self) -> bool:
        return self.case.status in OPEN_STATUSES

    @property
    def is_proposed(self) -> bool:
        return self.is_open and self.case.proposed_by_id is not None

    @property
    def moves(self) -> list[Status]:
        """Where it may go besides escalation, resolution and putting it away, which are actions of their own."""
        allowed = allowed_from(self.case.status, four_eyes=self.four_eyes)
        return [one for one in allowed if one in OPEN_STATUSES and one != Status.ESCALATED]

    @property
    def may_escalate(self) -> bool:
        return Status.ESCALATED in allowed_from(self.case.status, four_eyes=self.four_eyes)

    @property
    def may_resolve(self) -> bool:
        """With four eyes a resolution may be proposed from work in progress."""
        allowed = allowed_from(self.case.status, four_eyes=self.four_eyes)
        return any(disposition_of(one) for one in allowed) or (
            self.four_eyes and self.case.status == Status.IN_PROGRESS
        )

    @property
    def may_close(self) -> bool:
        return Status.CLOSED in allowed_from(self.case.status, four_eyes=self.four_eyes)

    @property
    def related_count(self) -> int:
        return len(self.related) + len(self.relations)

    @property
    def total(self) -> Decimal:
        return sum((one.base or Decimal(0) for one in self.decisions.payments), Decimal(0))


def case_of(team_id: UUID, case_id: UUID | None) -> Case:
    """Call inside `tenant(...)`; raises NotFound."""
    case = Case.objects.filter(team_id=team_id, id=case_id).first() if case_id else None
    if case is None:
        raise NotFound("There is no such case in this team")
    return case


def case_page(caller: Principal, case: Case) -> CasePage:
    """Everything about the case that the caller may know; recorded once per person and hour as a view."""
    team_id = case.team_id
    customer = (
        Customer.objects.filter(team_id=team_id, id=case.customer_id).first() if case.customer_id else None
    )
    decisions = decisions_of(team_id, case.id)
    records = records_of(
        team_id,
        case.id,
        [one.id for one in decisions.alerts],
        with_reports=caller.may("reports.read"),
    )
    reference = customer.reference if customer else None
    related = related_cases(team_id, case.id, case.customer_id, reference, decisions.payments)
    actors = [one.actor_id for found in records.values() for one in found]
    people = people_of(team_id, [*actors, case.assigned_to_id, case.proposed_by_id])
    note_view(caller, case, records["step"])
    hidden = hidden_rules(caller)
    notes = {show("nte", one.id): _unsealed(one) for one in records["note"]}
    return CasePage(
        case=case,
        customer=customer,
        facts=facts_of(customer) if customer else {},
        description=description_of(case),
        reason=reason_of(case),
        decisions=decisions,
        hits=_hits(decisions, hidden),
        whys={one.id: _why(one, hidden) for one in decisions.alerts},
        scores=_scores(caller, decisions.leading),
        notes=tuple(
            Written(people.name(one.actor_kind, one.actor_id), one.at, notes[show("nte", one.id)])
            for one in records["note"]
        ),
        files=tuple(_file(one, people) for one in records["file"]),
        relations=tuple(_relation(one, people) for one in records["relation"]),
        related=tuple(related),
        reports=tuple(records["report"]),
        timeline=tuple(timeline_of(case, decisions.alerts, records["step"], notes, people)),
        network=drawn(flows_of(map(edge_of, decisions.payments), _shared(related))),
        people=people,
        four_eyes=needs_four_eyes(caller),
        due_at=_due(case, decisions),
    )


def edge_of(payment: Payment) -> Edge:
    name = payment.counterparty or ("cash" if payment.sent.is_cash else "unnamed")
    return Edge(
        party=str(payment.counterparty_key or name),
        name=name,
        direction=payment.direction,
        amount=payment.base,
        at=payment.occurred_at,
        key=payment.counterparty_key,
    )


def _shared(related: list[RelatedCase]) -> Counter[int]:
    return Counter(key for one in related for key in one.keys)


def _why(alert: AlertOfCase, hidden: Hidden) -> str:
    """The strongest reason of the alert's decision, else how it came about."""
    if alert.evaluation is None:
        return str(Alert.Trigger(alert.trigger).label)
    return why_of_evaluation(alert.evaluation, alert.trigger, hidden).sentence


def _scores(caller: Principal, leading: Evaluation | None) -> Scores | None:
    """By layer, held against the policy of the time."""
    if leading is None:
        return None
    policy = configuration_of(caller.team).ruleset.policy
    if policy.version != leading.policy_version:
        policy = policy_of_version(caller.team.id, leading.policy_version)
    return scores_of(
        leading,
        {
            "aggregation": policy.aggregation,
            "txReviewScore": policy.review_score,
            "txEscalateScore": policy.escalate_score,
            "bands": {name: f"{getattr(policy.bands, name):f}" for name in ("review", "escalate", "block")},
        },
    )


def _hits(decisions: Decisions, hidden: Hidden) -> tuple[HitShown, ...]:
    """Each rule once, as it reads in the decision with the most points for it; the most points first."""
    best: dict[str, Hit] = {}
    alerts: Counter[str] = Counter()
    for alert in decisions.alerts:
        for hit in alert.evaluation.hits if alert.evaluation else ():
            alerts[hit.rule_id] += 1
            if hit.rule_id not in best or hit.points > best[hit.rule_id].points:
                best[hit.rule_id] = hit
    ordered = sorted(best.values(), key=lambda hit: (-hit.points, hit.rule_code))
    return tuple(
        HitShown(hit, sentence_of(hit, hidden), is_hidden(hit, hidden), alerts[hit.rule_id])
        for hit in ordered
    )


def _due(case: Case, decisions: Decisions) -> datetime | None:
    """As the list has it: the first of its open alerts, else by its priority."""
    if case.status not in OPEN_STATUSES:
        return None
    waiting = [one.due_at for one in decisions.alerts if one.status in OPEN_ALERTS]
    return min(waiting) if waiting else case.created_at + DUE_AFTER[case.priority.lower()]


def _file(record: Record, people: People) -> FileShown:
    return FileShown(
        id=record.id,
        name=open_name(record.id, record.sealed or b""),
        kind=record.detail["kind"],
        size_bytes=record.detail["bytes"],
        sha256=record.detail["sha256"],
        who=people.name(record.actor_kind, record.actor_id),
        at=record.at,
    )


def _relation(record: Record, people: People) -> RelationShown:
    detail = record.detail
    return RelationShown(
        kind=detail["kind"],
        shown=show("cas" if detail["kind"] == "case" else "alt", UUID(detail["other"])),
        status=detail["status"] or "",
        type=detail["type"] or "",
        title=detail["title"] or "",
        reason=reason_of_relation(record.id, record.sealed or b""),
        who=people.name(record.actor_kind, record.actor_id),
    )


def _unsealed(record: Record) -> str:
    return unseal(record.sealed or b"", record.id.bytes).decode()
