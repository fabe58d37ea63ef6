"""The queue of alerts: its parts and filters, its order, its pages, what people keep of it, and many at once."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from cases.models import Alert, SavedView
from ratel.identifiers import read
from tests.cast import make_bank
from tests.desk import alert_stories as stories
from tests.desk.people import Seat, seat
from tests.evaluate.lists import load_demo_list

NEXT = re.compile(r'cursor=(cur_\w+)[^"]*" rel="next"')


@pytest.fixture(scope="module")
def bank():
    load_demo_list()
    return make_bank("Queue Bank", "ng", people=True)


@pytest.fixture(scope="module")
def alerts(bank) -> list[str]:
    """Seven reviews of different customers, the oldest first."""
    return [stories.reviewed(bank, f"c-{number}", customerName=f"Person {number}") for number in range(7)]


@pytest.fixture
def analyst(bank, alerts) -> Seat:
    return seat(bank, "analyst", "ng")


def change(bank, alert: str, **fields) -> None:
    with bank.seeing("ng"):
        Alert.objects.filter(id=read("alt", alert)).update(**fields)


def shown(answer) -> list[str]:
    """The ids of the rows, in their order."""
    assert answer.status_code == 200, answer.content
    text = answer.content.decode()
    return [part[:30] for part in text.split('name="alert" value="')[1:]]


def test_a_row_says_why_and_about_whom(analyst, alerts):
    text = analyst.get("alerts").content.decode()
    assert "KYC status is pending" in text
    assert "Person 3" in text
    assert "c-3" in text
    assert "<h1>" in text
    assert "7 open, none due within 2 hours" in text


def test_the_parts_of_the_queue(bank, analyst, alerts):
    now, me = timezone.now(), bank.people["analyst"].id
    change(bank, alerts[0], assigned_to_id=me, status="in_progress")
    change(bank, alerts[1], due_at=now + timedelta(hours=1))
    change(bank, alerts[2], snoozed_until=now + timedelta(days=2))
    change(bank, alerts[3], status="dismissed", closed_at=now, disposition="false_positive")
    assert shown(analyst.get("alerts", view="mine")) == [alerts[0]]
    assert shown(analyst.get("alerts", view="due")) == [alerts[1]]
    assert shown(analyst.get("alerts", view="snoozed")) == [alerts[2]]
    assert shown(analyst.get("alerts", view="closed")) == [alerts[3]]
    assert shown(analyst.get("alerts", view="unassigned")) == [alerts[1], *alerts[4:]]
    assert shown(analyst.get("alerts")) == [alerts[1], alerts[0], *alerts[4:]]
    chips = analyst.get("alerts-counts").content.decode()
    for words in ("Mine 1", "Due soon 1", "Unassigned 4", "Open 5", "Snoozed 1", "Closed 1"):
        assert words in chips
    change(bank, alerts[0], assigned_to_id=None, status="open")
    change(bank, alerts[1], due_at=now + timedelta(hours=20))
    change(bank, alerts[2], snoozed_until=None)
    change(bank, alerts[3], status="open", closed_at=None, disposition="")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"severity": "critical"}, []),
        ({"severity": "medium"}, list(range(7))),
        ({"trigger": "layer"}, list(range(7))),
        ({"trigger": "manual"}, []),
        ({"lane": "onboarding"}, []),
        ({"customer": "c-4"}, [4]),
        ({"customer": "nobody"}, []),
        ({"assignee": "nobody"}, list(range(7))),
        ({"assignee": "me"}, []),
        ({"scoreFrom": "90"}, []),
        ({"scoreFrom": "1", "scoreTo": "90"}, list(range(7))),
        ({"rule": "CBN-002"}, []),
        ({"from": "2020-01-01", "to": "2020-12-31"}, []),
        ({"from": "2020-01-01"}, list(range(7))),
    ],
)
def test_filters_leave_what_they_say(analyst, alerts, query, expected):
    found = shown(analyst.get("alerts", sort="newest", **query))
    assert found == [alerts[number] for number in reversed(expected)]


def test_a_rule_filters_by_what_fired():
    bank = make_bank("Structured Bank", "ng", people=True)
    structured = stories.structuring(bank, "depositor")
    assert len(shown(seat(bank, "analyst", "ng").get("alerts"))) > 1
    assert shown(seat(bank, "analyst", "ng").get("alerts", rule="CBN-002")) == [structured]


@pytest.mark.parametrize("sort", ["due", "score", "newest"])
def test_pages_hold_each_alert_once_in_every_order(bank, analyst, alerts, sort):
    for number, alert in enumerate(alerts):
        change(bank, alert, risk_score=30 + number % 3)
    whole = shown(analyst.get("alerts", sort=sort))
    paged: list[str] = []
    query = {"sort": sort, "limit": "2"}
    for _ in whole:
        answer = analyst.get("alerts", **query)
        paged += shown(answer)
        onward = NEXT.search(answer.content.decode())
        if onward is None:
            break
        query["cursor"] = onward[1]
    assert paged == whole
    assert set(alerts) <= set(whole)


def test_an_empty_field_of_the_form_is_no_filter(analyst):
    answer = analyst.get("alerts", severity="", view="open", customer="")
    assert (answer.status_code, answer.headers["Location"]) == (302, "?view=open")


@pytest.mark.parametrize(
    "query",
    [
        {"severity": "grave"},
        {"scoreFrom": "many"},
        {"assignee": "x"},
        {"cursor": "x"},
        {"colour": "red"},
        {"to": "soon"},
    ],
)
def test_a_filter_that_cannot_be_is_refused_by_name(analyst, query):
    answer = analyst.get("alerts", **query)
    assert answer.status_code == 400
    assert next(iter(query)) in answer.content.decode()


def test_the_csv_has_the_filters_of_the_page(analyst, alerts):
    lines = analyst.get("alerts", customer="c-4", format="csv").content.decode("utf-8-sig").splitlines()
    assert lines[0].startswith("alert,status,severity")
    assert [line.split(",")[0] for line in lines[1:]] == [alerts[4]]
    assert "Person 4" not in "".join(lines)


def test_views_are_saved_renamed_and_removed_by_their_owner(bank, analyst, alerts):
    assert (
        "Saved as High ones"
        in analyst.do(
            "alerts-view-save", name=" High  ones ", query="view=due&severity=high"
        ).content.decode()
    )
    with bank.seeing("ng"):
        view = SavedView.objects.get(team_id=bank.teams["ng"].id, name="High ones")
    officer = seat(bank, "officer", "ng")
    assert "High ones" not in officer.get("alerts").content.decode()
    assert officer.post("alerts-view-rename", view.id, name="Mine now").status_code == 404
    assert officer.post("alerts-view-delete", view.id).status_code == 404
    page = analyst.do("alerts-view-rename", view.id, name="Urgent").content.decode()
    assert "view=due&amp;severity=high" in page
    assert ">Urgent<" in page
    analyst.do("alerts-view-save", name="Other", query="view=mine")
    assert "called Other already" in analyst.do("alerts-view-rename", view.id, name="Other").content.decode()
    assert "the view urgent is gone" in analyst.do("alerts-view-delete", view.id).content.decode().lower()
    assert ">Urgent<" not in analyst.get("alerts").content.decode()


@pytest.mark.parametrize("name", ["", "   ", "n" * 41])
def test_a_view_without_a_usable_name_is_refused(bank, analyst, name):
    assert "A view needs a name" in analyst.do("alerts-view-save", name=name, query="").content.decode()


def test_many_are_dismissed_after_a_preview_that_changes_nothing():
    bank = make_bank("Many Bank", "ng", people=True)
    analyst = seat(bank, "analyst", "ng")
    two = [stories.reviewed(bank, f"many-{number}") for number in range(2)]
    closed = stories.reviewed(bank, "many-closed")
    change(bank, closed, status="dismissed", closed_at=timezone.now())
    form = {"action": "dismiss", "alert": [*two, closed], "dismiss_reason": "Payroll day, list checked"}
    preview = analyst.post("alerts-at-once", **form)
    text = preview.content.decode()
    assert "2 alerts would be dismissed as false positives, 1 left alone" in text
    assert "Payroll day, list checked" in text
    assert [stories.stored(bank, one).status for one in two] == ["open", "open"]
    done = analyst.do("alerts-at-once", confirmed="yes", **{**form, "alert": two}).content.decode()
    assert "2 dismissed." in done
    for one in two:
        alert = stories.stored(bank, one)
        assert (alert.status, alert.disposition) == ("dismissed", "false_positive")


def test_many_need_a_reason_and_something_ticked(analyst, alerts):
    assert (
        "dismiss_reason" in analyst.do("alerts-at-once", action="dismiss", alert=alerts[:2]).content.decode()
    )
    assert "alertIds" in analyst.do("alerts-at-once", action="take").content.decode()


def test_many_are_taken_or_given_to_somebody():
    bank = make_bank("Taking Bank", "ng", people=True)
    analyst = seat(bank, "analyst", "ng")
    alerts = [stories.reviewed(bank, f"taken-{number}") for number in range(2)]
    assert "2 are yours." in analyst.do("alerts-at-once", action="take", alert=alerts[:2]).content.decode()
    assert stories.stored(bank, alerts[0]).assigned_to_id == bank.people["analyst"].id
    form = {"action": "assign", "alert": alerts[:2], "assign_reason": "leave", "confirmed": "yes"}
    officer = bank.people["officer"].id
    assert "2 assigned." in analyst.do("alerts-at-once", person=str(officer), **form).content.decode()
    assert stories.stored(bank, alerts[1]).assigned_to_id == officer
    analyst.do("alerts-at-once", **form)
    assert stories.stored(bank, alerts[1]).assigned_to_id is None
    assert (
        "left alone"
        in analyst.do(
            "alerts-at-once", person="00000000-0000-0000-0000-000000000001", **form
        ).content.decode()
    )


def test_whoever_only_reads_sees_no_buttons(bank, alerts):
    text = seat(bank, "auditor", "ng").get("alerts").content.decode()
    assert "Take next" not in text
    assert 'type="checkbox"' not in text
    assert "KYC status is pending" in text
