"""What a decision that was made again with every layer leaves for people: an alert, its case, reports, their events.

Only what is more severe than the first answer raises an alert; a report that the first decision did not ask for is
drafted in any case. Called inside the transaction of the full evaluation; returns rows, touches nothing itself.
"""

from collections.abc import Sequence
from typing import Final

from cases.sink import Finding, rows_of
from ratel.statements import Write
from screening.rescreening.store import Rescreened

TRIGGER: Final = "retroactive"


def open_alerts(rescreened: Sequence[Rescreened]) -> list[Write]:
    """The sink of re-screening (RATEL_RESCREENING_SINKS)."""
    findings = [_finding(one) for one in rescreened if one.concerns_people]
    return rows_of(findings, counted=findings)


def _finding(one: Rescreened) -> Finding:
    """Drafts hang on the newer alert and case where there are any, else on those of the first decision."""
    return Finding(
        evaluation=one.full,
        transaction=one.transaction,
        team=one.team,
        customer_id=one.customer_id,
        open_case_id=one.open_case_id,
        now=one.now,
        trigger=TRIGGER,
        drafts=one.new_drafts,
        alert_id=one.full.alert_id or one.first.alert_id,
        case_id=one.full.case_id or one.first.case_id,
    )
