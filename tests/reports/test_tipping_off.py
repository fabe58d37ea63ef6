"""That a report of suspicion exists is known only with the right to read reports: everybody else finds no trace of it.

Every address of the API and of the desk is walked by people and keys without the right, over a bank in which one case has
a filed report and another customer none.
"""

import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from cases.models import Alert, Case
from ratel.identifiers import read, show
from screening.models import Customer, Evaluation, Rule, Transaction
from teams.roles import ROLE_SCOPES, SCOPES, Role
from tests.cast import Bank, make_bank
from tests.desk.people import seat
from tests.evaluate.lists import load_demo_list
from tests.evaluate.stored import events
from tests.reports.conftest import ENTITY, Filer

REFERENCE = "FILINGREFERENCE77"
ACKNOWLEDGED = "ACKNOWLEDGEMENT88"
WITHOUT = [role for role in Role if "reports.read" not in ROLE_SCOPES[role]]
# What names report types as such: settings of the policy and of rules, documents, the catalogue of events.
NAMES_TYPES = re.compile(r"policy|rules|schema|docs|webhook|keys|team$")
DESK = "t/<uuid:team_id>/"


@pytest.fixture(scope="module")
def filed() -> tuple[Filer, dict[str, str], list[str]]:
    """The bank, the ids of the case and what is in it, and every word that would give the report away."""
    load_demo_list()
    bank = make_bank("Silent Bank", "id", people=True)
    officer = bank.session("officer", "id")
    assert officer.patch("/api/reporting-entity", ENTITY).status == 200
    filer = Filer(bank, bank.session("analyst", "id"), officer, bank.session("admin", "id"))
    alert = filer.alert("reported-customer")
    escalated = filer.analyst.post(f"/api/alerts/{alert}/escalate", {"reason": "Looks structured"})
    assert escalated.status == 200, escalated.body
    case = escalated.data["caseId"]
    report = str(filer.draft(caseId=case)["id"])
    filer.complete(report)
    for caller, action, body in (
        (filer.analyst, "submit", {}),
        (officer, "send-back", {"reason": "More"}),
        (filer.analyst, None, {"action": "More"}),
        (filer.analyst, "submit", {}),
        (officer, "approve", {}),
        (officer, "file", {"reference": REFERENCE}),
        (officer, "acknowledge", {"reference": ACKNOWLEDGED}),
    ):
        path = f"/api/reports/{report}"
        answer = caller.post(f"{path}/{action}", body) if action else caller.patch(path, body)
        assert answer.status == 200, answer.body
    assert officer.get(f"/api/reports/{report}/export?format=pdf").status == 200
    with bank.seeing("id"):
        stored = Alert.objects.get(id=read("alt", alert))
        ids = {
            "alert_id": alert,
            "case_id": case,
            "report_id": report,
            "customer_id": show("cus", stored.customer_id),
            "evaluation_id": show("evl", Evaluation.objects.get(id=stored.evaluation_id).id),
            "transaction_id": show("txn", Transaction.objects.get(id=stored.transaction_id).id),
            "rule_id": show("rul", Rule.objects.order_by("id")[0].id),
        }
        assert Case.objects.filter(id=read("cas", case)).exists()
        assert Customer.objects.get(reference="reported-customer").prior_sars == 1
    traces = [report, report[-8:], REFERENCE, ACKNOWLEDGED, "sar.drafted", "sar.submitted", "report.drafted"]
    return filer, ids, [*traces, "report.submitted", "report.approved", "report.filed", "report.exported"]


@pytest.fixture(scope="module")
def seats(filed) -> dict[Role, Client]:
    return {role: seat(filed[0].bank, role.value, "id").client for role in WITHOUT}


def routes(patterns: Any = None, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            yield route, pattern.callback


def read_addresses() -> list[tuple[str, str]]:
    """(route, method) of what shows something: everything that is read, and bundles, which a form asks for."""
    found = []
    for route, view in routes():
        scopes = getattr(getattr(view, "view_class", None), "scopes", {})
        method = getattr(view, "method", "GET" if "GET" in scopes else "")
        if method == "GET" or (method == "POST" and route.endswith("/bundle")):
            found.append((route, method))
    return found


def filled(route: str, bank: Bank, ids: dict[str, str]) -> str:
    values = {**ids, "team_id": str(bank.teams["id"].id)}
    return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda part: values.get(part.group(1), "unknown"), route)


def words_of(content: bytes, media_type: str) -> str:
    """What a person would read; an archive is opened."""
    if "zip" in media_type:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return "\n".join(
                f"{name}\n{archive.read(name).decode(errors='replace')}" for name in archive.namelist()
            )
    return content.decode(errors="replace")


def body_of(answer: Any) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def traces_in(text: str, route: str, traces: list[str]) -> list[str]:
    found = [one for one in traces if one in text and not ("webhook" in route and one.startswith("sar."))]
    if not NAMES_TYPES.search(route) and re.search(r"\bSARs?\b|\bLTKM\b|\bSTR\b", text):
        found.append("the type of the report")
    return found


@pytest.mark.parametrize(("route", "method"), read_addresses(), ids=str)
def test_without_the_right_no_address_shows_a_trace(filed, seats, route, method):
    filer, ids, traces = filed
    path = filled(route, filer.bank, ids)
    for role, client in seats.items():
        headers = {} if route.startswith(DESK) else {"X-Ratel-Team": str(filer.bank.teams["id"].id)}
        answer = client.generic(method, path, headers=headers)
        text = words_of(body_of(answer), answer.headers.get("Content-Type", "")).replace(path, "")
        assert traces_in(text, route, traces) == [], (role, path)
        if answer.status_code == 200 and route.startswith(DESK):
            csv = body_of(client.get(path, {"format": "csv"})).decode(errors="replace").replace(path, "")
            assert traces_in(csv, route, traces) == [], (role, f"{path}?format=csv")


def test_the_walk_would_find_it_where_it_may_be_seen(filed):
    """The same words are there for an officer: the walk looks for something that exists."""
    filer, ids, traces = filed
    client = seat(filer.bank, "officer", "id").client
    page = client.get(filled(f"{DESK}reports/<str:report_id>", filer.bank, ids)).content.decode()
    assert {ids["report_id"], REFERENCE, ACKNOWLEDGED} <= set(traces_in(page, "reports", traces))


def test_the_menu_of_others_has_no_reports_and_counts_none(filed, seats):
    desk = f"/t/{filed[0].bank.teams['id'].id}"
    for client in seats.values():
        page = client.get(f"{desk}/team")
        assert page.status_code == 200
        assert f"{desk}/reports" not in page.content.decode()


def test_a_key_without_the_right_sees_the_case_as_if_there_were_no_report(filed):
    filer, ids, traces = filed
    key = filer.bank.new_key("id", scopes=[one for one in SCOPES if not one.startswith("reports.")])
    for path in (
        f"/api/cases/{ids['case_id']}",
        f"/api/v1/cases/{ids['case_id']}",
        f"/api/alerts/{ids['alert_id']}",
    ):
        answer = key.get(path)
        assert answer.status == 200
        assert traces_in(str(answer.body), path, traces) == []
    assert key.get("/api/reports").status == 403
    assert key.get(f"/api/reports/{ids['report_id']}").status == 403


def test_with_the_right_the_cases_timeline_tells_of_it(filed):
    filer, ids, _ = filed
    timeline = filer.officer.get(f"/api/cases/{ids['case_id']}").data["timeline"]
    actions = [one["action"] for one in timeline]
    assert "report_filed" in actions
    assert actions.index("report_drafted") < actions.index("report_filed")


def test_only_events_that_are_marked_confidential_tell_of_it(filed):
    filer, ids, _ = filed
    for event in events(filer.bank, "id"):
        if not event.is_confidential:
            assert ids["report_id"] not in str(event.payload)
            assert REFERENCE not in str(event.payload)
