"""A case with a note, a file, a relation and a bundle; where somebody else's case or alert could be named."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from cases.bundle.services import About, bundle_ask
from cases.models import Attachment, Case, CaseNote, CaseStep
from cases.relations import case_relate
from ratel.identifiers import new_id, read, show
from tests.cast import Bank

CASE, BANK_CASE, ALERT = "api/cases/<str:case_id>", "api/v1/cases/<str:case_id>", "api/alerts/<str:alert_id>"
REASON = {"reason": "because"}
TOMORROW = (datetime.now(UTC) + timedelta(days=1)).isoformat()
NOTE = {"text": "seen"}
FILE = {"name": "planted.txt", "content": "cGxhbnRlZA=="}
BY_ID: dict[str, list[tuple[str, Any]]] = {
    CASE: [("GET", None), ("PATCH", {"status": "IN_PROGRESS"}), ("PATCH", {"priority": "LOW"})],
    f"{CASE}/notes": [("POST", NOTE)],
    f"{CASE}/attachments": [("GET", None), ("POST", FILE)],
    "api/attachments/<str:attachment_id>": [("GET", None)],
    f"{CASE}/close": [("POST", {"disposition": "false_positive", **REASON})],
    f"{CASE}/approve": [("POST", {})],
    f"{CASE}/send-back": [("POST", REASON)],
    f"{CASE}/reopen": [("POST", REASON)],
    BANK_CASE: [("GET", None)],
    f"{BANK_CASE}/status": [("PATCH", {"status": "IN_PROGRESS"})],
    f"{BANK_CASE}/assign": [("PATCH", {"assignedToId": None})],
    f"{BANK_CASE}/notes": [("POST", NOTE)],
    f"{ALERT}/assign": [("POST", {"assignedToId": None})],
    f"{ALERT}/snooze": [("POST", {"until": TOMORROW, **REASON})],
    f"{ALERT}/dismiss": [("POST", REASON)],
    f"{ALERT}/escalate": [("POST", REASON)],
}
LISTS: dict[str, tuple[str, ...]] = {"api/cases": ("customerId", "cursor"), "api/v1/cases": ()}
MODELS: dict[str, Any] = {"case_id": ("cas", Case), "attachment_id": ("att", Attachment)}


def plant(bank: Bank, pack: str) -> None:
    caller = bank.callers[pack]
    opened = caller.post("/api/cases", {"type": "AML_ALERT", "title": f"Planted in {pack}"})
    assert opened.status == 201, opened.body
    assert caller.post(f"/api/cases/{opened.data['id']}/notes", NOTE).status == 201
    assert caller.post(f"/api/cases/{opened.data['id']}/attachments", FILE).status == 201
    other = caller.post("/api/cases", {"type": "AML_ALERT", "title": "Another"}).data["id"]
    case_id, by = read("cas", opened.data["id"]), bank.principal(pack)
    case_relate(caller=by, case_id=case_id, named=other, reason="Planted")
    bundle_ask(caller=by, about=About("case", case_id))


def ids_of(bank: Bank, pack: str, parameter: str) -> list[str]:
    prefix, model = MODELS[parameter]
    with bank.seeing(pack):
        cases = Case.objects.filter(title=f"Planted in {pack}").order_by("id")
        found = (
            cases if model is Case else model.objects.filter(case_id__in=cases.values("id")).order_by("id")
        )
        return [show(prefix, one) for one in found.values_list("id", flat=True)]


def own_id(bank: Bank, pack: str, parameter: str) -> str:
    return ids_of(bank, pack, parameter)[0]


def all_ids_of(bank: Bank, pack: str) -> Iterator[str]:
    for parameter in MODELS:
        yield from ids_of(bank, pack, parameter)


def unknown(parameter: str) -> str:
    return show(MODELS[parameter][0], new_id())


def rows_of_the_tenant() -> list[dict[str, Any]]:
    """Call inside `bank.seeing(...)`. That one's own case was looked at is no change of it."""
    return [
        *Case.objects.order_by("id").values(),
        *CaseNote.objects.order_by("id").values(),
        *Attachment.objects.order_by("id").values(),
        *CaseStep.objects.exclude(action="viewed").order_by("id").values(),
    ]


def role_for(route: str) -> str:
    """Whose session may call the address."""
    return "officer"
