"""How the demo's people work on alerts, at the story's own times: most within the deadline, some late, some not yet.

Each alert is opened by an analyst, understood for some minutes, and dismissed, or escalated into a case that is noted
and resolved as its episode ends. What came in last is left, and so are the stories that are told in the guide.
"""

import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from cases.alert_view.read import read_alert
from cases.demo.colleagues import Staff, staff_of
from cases.demo.filing import Filing, introduce
from cases.demo.wording import NOTES, REASONS
from cases.models import Alert, Case
from cases.reports.drafts import Subject, report_draft
from cases.services.alerts import alert_assign, alert_dismiss, alert_escalate
from cases.services.cases import case_change, case_close, case_note
from ratel.problem import Conflict
from ratel.tenancy import tenant
from screening.demo.clock import true_now
from screening.demo.episodes import Ending
from screening.demo.fill import Desk
from screening.models import Customer
from teams.principal import Principal

# What an episode that nobody wrote about turns out to be: an ordinary customer's unusual day.
ORDINARY: Final = Ending("false_positive", "ordinary")
# What is due later than so long ago is left in the queue.
LEFT_PAST_DUE: Final = timedelta(hours=3)
SHARE_LATE: Final = 0.1
SHARE_TAKEN: Final = 0.35
FALSE_MINUTES: Final = (6, 34)
TRUE_MINUTES: Final = (35, 120)
LEFT_AS: Final = {
    "pending_review": Case.Status.PENDING_REVIEW,
    "escalated": Case.Status.ESCALATED,
    "in_progress": Case.Status.IN_PROGRESS,
}


def people(desk: Desk) -> Callable[[datetime], None]:
    """The team's people, as `settings.RATEL_DEMO_PEOPLE` names them: analysts at the queue, then the reports."""
    staff = staff_of(desk)
    introduce(desk, staff)
    shift, filing = Shift(desk, staff), Filing(desk, staff)

    def work(moment: datetime) -> None:
        shift.until(moment)
        filing.until(moment)

    return work


@dataclass(frozen=True)
class Shift:
    desk: Desk
    staff: Staff

    def until(self, moment: datetime) -> None:
        """Works on every alert that was created before and that nobody has opened."""
        team = self.desk.team
        with tenant(team.organisation_id, [team.id]):
            waiting = list(
                Alert.objects.filter(
                    team_id=team.id, status=Alert.Status.OPEN, created_at__lt=moment
                ).order_by("id")
            )
            wanted = {alert.customer_id for alert in waiting if alert.customer_id}
            references = dict(Customer.objects.filter(id__in=wanted).values_list("id", "reference"))
        for alert in waiting:
            reference = references.get(alert.customer_id, "") if alert.customer_id else ""
            self._work(
                alert, self.desk.endings.get(reference, ORDINARY), is_story=reference.startswith("story-")
            )

    def _work(self, alert: Alert, ending: Ending, *, is_story: bool) -> None:
        chance = random.Random(f"{alert.risk_score} {alert.created_at:%j %H:%M} {ending}")  # noqa: S311 - no secret
        analyst = chance.choice(self.staff.analysts)
        if alert.due_at > true_now() - LEFT_PAST_DUE:
            if not is_story and chance.random() < SHARE_TAKEN:
                self._open(alert, analyst, chance)
            return
        alert = self._open(alert, analyst, chance)
        if alert.status not in {Alert.Status.IN_PROGRESS, Alert.Status.OPEN}:
            return
        if ending.verdict in LEFT_AS:
            self._leave(alert, analyst, ending)
        elif ending.verdict == "true_positive" or alert.case_id is not None:
            self._resolve(alert, analyst, ending, chance)
        else:
            self._pass_minutes(chance, FALSE_MINUTES)
            alert_dismiss(caller=analyst, alert_id=alert.id, reason=chance.choice(REASONS[ending.kind]))

    def _open(self, alert: Alert, analyst: Principal, chance: random.Random) -> Alert:
        """Some time before the deadline as a rule, never later than now."""
        is_late = chance.random() < SHARE_LATE
        share = chance.uniform(1.05, 1.6) if is_late else chance.uniform(0.04, 0.6)
        opened = alert.created_at + (alert.due_at - alert.created_at) * share
        latest = true_now() - timedelta(minutes=chance.randint(150, 170))
        self.desk.clock.moment = max(min(opened, latest), alert.created_at + timedelta(minutes=1))
        current = self._now(alert.id)
        if current.status != Alert.Status.OPEN:
            # Resolved with its case, when an earlier alert of the customer was worked on.
            return current
        with tenant(alert.organisation_id, [alert.team_id]):
            read_alert(analyst, alert.id, self.desk.clock.now())
        return alert_assign(caller=analyst, alert_id=alert.id, person_id=analyst.person_id)

    def _leave(self, alert: Alert, analyst: Principal, ending: Ending) -> None:
        """A case that is still being worked on."""
        case_id = self._case(alert, analyst, ending)
        wanted = LEFT_AS[ending.verdict]
        for status in (Case.Status.IN_PROGRESS, wanted):
            if self._status(case_id) not in {status, wanted}:
                change = {"status": status, "assignedToId": analyst.person_id}
                case_change(caller=analyst, case_id=case_id, change=change)
        case_note(caller=analyst, case_id=case_id, text=NOTES[ending.kind])

    def _resolve(self, alert: Alert, analyst: Principal, ending: Ending, chance: random.Random) -> None:
        is_true = ending.verdict == "true_positive"
        case_id = self._case(alert, analyst, ending)
        if self._status(case_id) in {Case.Status.OPEN, Case.Status.ESCALATED}:
            change = {"status": Case.Status.IN_PROGRESS, "assignedToId": analyst.person_id}
            case_change(caller=analyst, case_id=case_id, change=change)
        self._pass_minutes(chance, TRUE_MINUTES if is_true else FALSE_MINUTES)
        case_note(caller=analyst, case_id=case_id, text=NOTES[ending.kind])
        judge = self.staff.officer if is_true and chance.random() < 0.4 else analyst
        disposition = "true_positive" if is_true else "false_positive"
        reason = REASONS["suspicious"][0] if is_true else chance.choice(REASONS[ending.kind])
        if is_true:
            self._draft_report(case_id, analyst)
        self._pass_minutes(chance, FALSE_MINUTES)
        case_close(caller=judge, case_id=case_id, disposition=disposition, reason=reason)
        if chance.random() < 0.6:
            case_close(caller=self.staff.officer, case_id=case_id, disposition=disposition, reason=reason)

    def _draft_report(self, case_id: UUID, analyst: Principal) -> None:
        # Where the policy or a rule drafted one already, it is that one which is filed.
        with suppress(Conflict):
            report_draft(caller=analyst, report_type="SAR", subject=Subject(case_id=case_id))

    def _case(self, alert: Alert, analyst: Principal, ending: Ending) -> UUID:
        """The alert's case, or the one that it is escalated into."""
        if alert.case_id is not None:
            return alert.case_id
        _, case_id = alert_escalate(caller=analyst, alert_id=alert.id, reason=NOTES[ending.kind])
        return case_id

    def _pass_minutes(self, chance: random.Random, between: tuple[int, int]) -> None:
        clock = self.desk.clock
        # Squared, because most alerts are quick to understand and a few are not.
        share = chance.random() ** 2
        clock.moment = clock.now() + timedelta(minutes=between[0] + share * (between[1] - between[0]))

    def _now(self, alert_id: UUID) -> Alert:
        team = self.desk.team
        with tenant(team.organisation_id, [team.id]):
            return Alert.objects.get(id=alert_id)

    def _status(self, case_id: UUID) -> str:
        team = self.desk.team
        with tenant(team.organisation_id, [team.id]):
            return Case.objects.get(id=case_id).status
