"""The page of one alert. Looking at it shows personal data: the audit trail says who did, once an hour."""

from datetime import timedelta
from typing import Any, Final

from django.http import HttpResponse
from django.utils import timezone

from cases.alert_view import page as shown_page
from cases.alert_view.around import around_of
from cases.alert_view.history import VIEWED, history_of, was_viewed
from cases.alert_view.layers import scores_of
from cases.alert_view.matches import entry_ids, matches_of, proofs_of
from cases.alert_view.read import (
    MOST_PAYMENTS,
    AlertFile,
    Context,
    read_alert,
    read_context,
    read_history,
    read_money,
    read_payments,
)
from cases.services.alerts import WORKED_ON
from cases.web.alert_queue import CHIPS, address_of, view_of, within_of
from ratel.identifiers import read, show
from screening.screenings.entries import entries_of
from teams import audit
from teams.web.desk import Desk, page

# So that everything stands on one screen: what is left out is one key or click away.
MOST_SHOWN_HITS: Final = 3
MOST_SHOWN_REASONS: Final = 3
FEWEST_PAYMENTS: Final = 2
VERDICTS: Final = (
    ("not_this_person", "It is not this person", "not"),
    ("confirmed", "It is this person", "yes"),
)
MOST_SHOWN_STEPS: Final = 3


@page(section="alerts", needs="read")
def alert(desk: Desk, alert_id: str) -> HttpResponse:
    now, caller = timezone.now(), desk.caller
    file = read_alert(caller, read("alt", alert_id), now)
    context, steps = read_context(caller, file, now), read_history(caller, file)
    if not was_viewed(steps, caller.id, now):
        audit.note(caller=caller, action=VIEWED, subject=("alert", file.shown_id))
    return desk.render(
        "desk/alerts/alert.html",
        {
            **_about(desk, file),
            **_why(desk, file, context),
            **_money(desk, file),
            **_match(file),
            "similar": shown_page.similar_of(file, context),
            "earlier": shown_page.earlier_of(context),
            "history": history_of(file, steps, dict(context.people)),
            "most_steps": f":{MOST_SHOWN_STEPS}",
            "has_more_steps": len(steps) > MOST_SHOWN_STEPS,
            "verdicts": VERDICTS,
            "people": context.people,
        },
    )


def _about(desk: Desk, file: AlertFile) -> dict[str, Any]:
    row, within, now = file.row, within_of(desk), timezone.now()
    allowed = (row.due_at - row.created_at).total_seconds()
    left = max(0.0, 100 * (row.due_at - now).total_seconds() / allowed) if allowed > 0 else 0.0
    view = view_of(desk, within)
    return {
        "file": file,
        "alert": row,
        "shown_id": file.shown_id,
        "customer_id": show("cus", row.customer_id) if row.customer_id else None,
        "case_id": show("cas", row.case_id) if row.case_id else None,
        "is_worked_on": row.status in WORKED_ON,
        "is_mine": row.assigned_to_id == desk.caller.person_id,
        "is_snoozed": row.snoozed_until is not None and row.snoozed_until > now,
        "left_share": round(left),
        "urgency": "critical" if left < 15 else "high" if left < 40 else "good",
        "within": within,
        "within_words": "filtered alerts" if view.is_filtered else dict(CHIPS)[view.view],
        "queue_address": address_of(desk, None, within),
        "tomorrow": now.date() + timedelta(days=1),
    }


def _why(desk: Desk, file: AlertFile, context: Context) -> dict[str, Any]:
    hits = shown_page.hits_of(file, context.hidden)
    evaluation = file.evaluation
    return {
        "why": shown_page.why_of(file, context.hidden),
        "hits": hits[:MOST_SHOWN_HITS],
        "more_hits": hits[MOST_SHOWN_HITS:],
        **_reasons(file, len(hits)),
        "quiet": shown_page.quiet_of(file, context) if evaluation else None,
        "scores": scores_of(evaluation, context.policy) if evaluation else None,
    }


def _reasons(file: AlertFile, hits: int) -> dict[str, Any]:
    """What layers found. Beside hits, a name match is told by the two sides that stand next to each other below."""
    reasons = shown_page.reasons_of(file)
    if hits:
        reasons = [one for one in reasons if one[0] != "Sanctions"]
    most = MOST_SHOWN_REASONS if hits < 2 else 1
    return {"reasons": reasons[:most], "more_reasons": reasons[most:]}


def _money(desk: Desk, file: AlertFile) -> dict[str, Any]:
    if file.row.customer_id is None:
        return {"chart": None, "payments": [], "around": None}
    days, flows = read_money(desk.caller, file)
    return {
        "chart": shown_page.chart(file, days, desk.team.currency) if days else None,
        "payments": shown_page.payments(read_payments(desk.caller, file))[: _most_payments(file)],
        "around": around_of(flows, file.customer_name or file.row.reference or "") if flows else None,
    }


def _most_payments(file: AlertFile) -> int:
    """Fewer where hits and a match need the room."""
    hits = min(len(file.evaluation.hits), MOST_SHOWN_HITS) if file.evaluation else 0
    return max(FEWEST_PAYMENTS, MOST_PAYMENTS - max(0, hits - 1) - (3 if entry_ids(file) else 0))


def _match(file: AlertFile) -> dict[str, Any]:
    wanted = entry_ids(file)
    entries = {key: entry.entity for key, entry in entries_of(wanted).items()} if wanted else {}
    return {"matches": matches_of(file, entries), "proofs": proofs_of(file)}
