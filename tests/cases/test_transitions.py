"""The life cycle of a case: every pair of statuses is allowed or refused as the page's table says."""

import pytest

from cases.models import Case
from cases.transitions import allowed_from
from tests.cases.conftest import new_case
from tests.cast import Bank, Caller

S = Case.Status
RESOLVED = {S.RESOLVED_TRUE_POSITIVE, S.RESOLVED_FALSE_POSITIVE}
# As the page has it, for teams whose resolutions need no second pair of eyes.
PAGE = {
    S.OPEN: {S.IN_PROGRESS, S.ESCALATED},
    S.IN_PROGRESS: {S.PENDING_REVIEW, S.ESCALATED, *RESOLVED},
    S.PENDING_REVIEW: {S.IN_PROGRESS, S.ESCALATED, *RESOLVED},
    S.ESCALATED: {S.IN_PROGRESS, S.PENDING_REVIEW, *RESOLVED},
    S.RESOLVED_TRUE_POSITIVE: {S.CLOSED},
    S.RESOLVED_FALSE_POSITIVE: {S.CLOSED},
    S.CLOSED: set(),
}
WAY_TO = {
    S.OPEN: [],
    S.IN_PROGRESS: [S.IN_PROGRESS],
    S.PENDING_REVIEW: [S.IN_PROGRESS, S.PENDING_REVIEW],
    S.ESCALATED: [S.ESCALATED],
    S.RESOLVED_TRUE_POSITIVE: [S.ESCALATED, S.RESOLVED_TRUE_POSITIVE],
    S.RESOLVED_FALSE_POSITIVE: [S.ESCALATED, S.RESOLVED_FALSE_POSITIVE],
    S.CLOSED: [S.ESCALATED, S.RESOLVED_FALSE_POSITIVE, S.CLOSED],
}


def move(caller: Caller, case: str, status: str):
    return caller.patch(f"/api/cases/{case}", {"status": status, "reason": "looked at"})


@pytest.mark.parametrize("start", list(S))
def test_every_transition_is_allowed_or_refused_as_the_table_says(bank: Bank, analyst: Caller, start):
    for wanted in set(S) - {start}:
        case, _ = new_case(bank)
        for step in WAY_TO[start]:
            assert move(analyst, case, step).status == 200
        answer = move(analyst, case, wanted)
        if wanted in PAGE[start]:
            assert (answer.status, answer.data["status"]) == (200, wanted)
        else:
            assert answer.status == 409
            assert answer.error["code"] == "transition_not_allowed"
            assert set(answer.error["allowed"]) == PAGE[start]


def test_with_four_eyes_what_is_in_progress_cannot_be_resolved_at_once():
    assert not RESOLVED & set(allowed_from(S.IN_PROGRESS, four_eyes=True))
    assert set(allowed_from(S.PENDING_REVIEW, four_eyes=True)) >= RESOLVED
