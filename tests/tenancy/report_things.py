"""A filed report and who files, and the addresses at which somebody else's report could be named."""

from collections.abc import Iterator
from typing import Any

from cases.models import Report, ReportFiling, ReportingEntity, ReportStep, ReportVersion
from ratel.identifiers import new_id, show
from tests.cast import Bank

REPORT = "api/reports/<str:report_id>"
BY_ID: dict[str, list[tuple[str, Any]]] = {
    REPORT: [("GET", None), ("PATCH", {"action": "stolen"})],
    f"{REPORT}/submit": [("POST", {})],
    f"{REPORT}/approve": [("POST", {})],
    f"{REPORT}/send-back": [("POST", {"reason": "because"})],
    f"{REPORT}/file": [("POST", {"reference": "stolen"})],
    f"{REPORT}/acknowledge": [("POST", {"reference": "stolen"})],
    f"{REPORT}/export": [("GET", None)],
}
LISTS: dict[str, tuple[str, ...]] = {"api/reports": ("customerId", "cursor")}
MODELS: dict[str, Any] = {"report_id": ("rep", Report)}
ENTITY = {
    "entityId": "1",
    "branch": "Head Office",
    "institutionName": "Bank",
    "institutionCode": "1",
    "firstName": "Ada",
    "lastName": "Obi",
    "email": "ada@bank.example",
    "address": "Street 1",
    "city": "Lagos",
    "country": "NG",
}
CUSTOMER = {
    "key": "customer",
    "kind": "person",
    "firstName": "Planted",
    "lastName": "Customer",
    "birthDate": "1984-07-23",
    "nationalId": "1",
    "nationality": "NG",
    "residence": "NG",
    "country": "NG",
}


def plant(bank: Bank, pack: str) -> None:
    """Through the API: a report drafted by a key, approved and filed by the officer."""
    caller, officer = bank.callers[pack], bank.session("officer", pack)
    assert officer.patch("/api/reporting-entity", ENTITY).status == 200
    reference = f"reported-{new_id()}"
    paid = caller.evaluate(customerId=reference, externalId=reference, country="KP", amount=60_000)
    assert paid.status == 200, paid.body
    subject = {"alertId": paid.data["alertId"]}
    drafted = caller.post("/api/reports", {"type": "CTR", **subject})
    assert drafted.status == 201, drafted.body
    path = f"/api/reports/{drafted.data['id']}"
    assert caller.patch(path, {"parties": [CUSTOMER]}).status == 200
    for step, body in (("approve", {}), ("file", {"reference": "R-1"})):
        if step == "approve":
            submitted = caller.post(f"{path}/submit")
            assert submitted.status == 200, submitted.body
        answer = officer.post(f"{path}/{step}", body)
        assert answer.status == 200, answer.body


def ids_of(bank: Bank, pack: str, parameter: str) -> list[str]:
    with bank.seeing(pack):
        found = Report.objects.filter(reason="manual").order_by("id")
        return [show("rep", one) for one in found.values_list("id", flat=True)]


def own_id(bank: Bank, pack: str, parameter: str) -> str:
    return ids_of(bank, pack, parameter)[0]


def all_ids_of(bank: Bank, pack: str) -> Iterator[str]:
    yield from ids_of(bank, pack, "report_id")


def unknown(parameter: str) -> str:
    return show("rep", new_id())


def rows_of_the_tenant() -> list[dict[str, Any]]:
    """Call inside `bank.seeing(...)`. That one's own report was exported is no change of it."""
    return [
        *Report.objects.order_by("id").values(),
        *ReportVersion.objects.order_by("id").values(),
        *ReportStep.objects.exclude(action="exported").order_by("id").values(),
        *ReportFiling.objects.order_by("id").values(),
        *ReportingEntity.objects.order_by("id").values(),
    ]


def role_for(route: str) -> str:
    return "officer"
