"""The list of cases: chips, filters, order, cursor and CSV; the address is its whole state."""

import csv
import io
import re

import pytest

from cases.models import Alert, Case
from cases.team_figures.alerts import mine_of
from ratel.identifiers import read
from tests.cast import Bank, changed, make_bank
from tests.desk.case_bank import act, case_from_payment, words_of
from tests.desk.people import Seat, seat
from tests.desk.statements import counted
from tests.evaluate.lists import load_demo_list


@pytest.fixture(scope="module")
def bank() -> Bank:
    load_demo_list()
    return make_bank("List Bank", "ng", people=True)


@pytest.fixture(scope="module")
def analyst(bank: Bank) -> Seat:
    return seat(bank, "analyst", "ng")


@pytest.fixture(scope="module")
def cases(bank: Bank, analyst: Seat) -> dict[str, str]:
    """By what became of them."""
    made = {
        name: case_from_payment(bank, account=f"list-{name}")[0]
        for name in ("open", "mine", "overdue", "done")
    }
    act(analyst, "case-take", made["mine"], status="OPEN")
    act(analyst, "case-escalate", made["done"], reason="To end it")
    act(analyst, "case-resolve", made["done"], disposition="true_positive", reason="Mules")
    with bank.seeing("ng"):
        Alert.objects.filter(case_id=read("cas", made["overdue"])).update(due_at="2026-01-01T00:00:00Z")
    return made


def shown(analyst: Seat, cases: dict[str, str], **query: str) -> list[str]:
    """The names of the cases on the page, in its order."""
    page = analyst.get("cases", **query).content.decode()
    places = {page.find(f'/cases/{one}"'): name for name, one in cases.items()}
    return [places[place] for place in sorted(places) if place >= 0]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, ["overdue", "open", "mine"]),
        ({"view": "mine"}, ["mine"]),
        ({"view": "unassigned"}, ["overdue", "open"]),
        ({"view": "overdue"}, ["overdue"]),
        ({"view": "closed"}, ["done"]),
        ({"view": "review"}, []),
        ({"view": "all", "sort": "newest"}, ["done", "overdue", "mine", "open"]),
        ({"customer": "list-open"}, ["open"]),
        ({"status": "IN_PROGRESS", "type": "", "from": ""}, ["mine"]),
        ({"assignee": "nobody"}, ["overdue", "open"]),
        ({"to": "2026-01-01"}, []),
    ],
)
def test_chips_filters_and_order(analyst, cases, query, expected):
    assert shown(analyst, cases, **query) == expected


@pytest.mark.parametrize("sort", ["due", "newest", "priority"])
def test_pages_show_each_case_once(analyst, cases, sort):
    seen, query = [], {"view": "open", "limit": "1", "sort": sort}
    for _ in range(3):
        page = analyst.get("cases", **query).content.decode()
        seen += [name for name, one in cases.items() if f'/cases/{one}"' in page]
        following = re.search(r'href="[^"]*cursor=(cur_\w{26})"', page)
        query["cursor"] = following[1] if following else ""
    assert sorted(seen) == ["mine", "open", "overdue"]
    assert query["cursor"] == ""


def test_the_csv_has_the_filters_of_the_page_and_is_recorded(analyst, cases):
    answer = analyst.get("cases", view="mine", format="csv")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row[0] for row in rows[1:]] == [cases["mine"]]


def test_the_headline_counts_what_is_late_and_few_questions_are_asked(analyst, cases):
    with counted() as statements:
        answer = analyst.get("cases")
    assert "1 of 3 open cases is past due" in words_of(answer)
    assert len(statements) <= 12, statements


def test_a_case_is_opened_by_hand_and_wrong_words_are_named():
    bank = make_bank("Hand Bank", "ng", people=True)
    analyst = seat(bank, "analyst", "ng")
    case_from_payment(bank, account="list-hand")
    text = words_of(
        analyst.do(
            "case-open",
            type="REGULATORY_INQUIRY",
            priority="HIGH",
            title="Inquiry 44",
            customerId="list-hand",
        )
    )
    assert "Inquiry 44" in text
    assert "The regulatory inquiry case is open" in text
    text = words_of(analyst.do("case-open", type="NONSENSE", customerId="nobody", back=analyst.url("cases")))
    assert "type: must be one of" in text
    assert "customerId: is nobody that this team monitors" in text
    with bank.seeing("ng"):
        assert Case.objects.filter(title="Inquiry 44").count() == 1


def test_an_unknown_filter_is_refused_by_name(analyst):
    answer = analyst.get("cases", colour="red")
    assert answer.status_code == 400
    assert "colour" in words_of(answer)


def test_an_auditor_sees_the_list_and_no_button_that_changes_anything(bank, cases):
    page = seat(bank, "auditor", "ng").get("cases").content.decode()
    assert "Open a case" not in page
    assert "Share out" not in page


def test_an_escalated_case_waits_for_a_second_look_once_its_resolution_is_proposed():
    bank = make_bank("Second Look Bank", "ng", people=True)
    assert bank.callers["ng"].patch("/api/decision-policy", {"fourEyes": {"resolutions": True}}).status == 200
    changed()
    analyst, officer = seat(bank, "analyst", "ng"), seat(bank, "officer", "ng")
    case_id, _ = case_from_payment(bank, account="list-second-look")
    act(analyst, "case-escalate", case_id, reason="A receiver that others pay too")
    assert shown(officer, {case_id: case_id}, view="review") == []
    said = act(analyst, "case-resolve", case_id, disposition="true_positive", reason="Mules")
    assert "Proposed as true positive" in said
    assert shown(officer, {case_id: case_id}, view="review") == [case_id]
    assert "1 waiting for review" in words_of(officer.get("cases"))
    with bank.seeing("ng"):
        assert mine_of(bank.teams["ng"].id, bank.people["officer"].id).reviews == 1
