"""What people do with alerts at the desk: taking, giving, sleeping, closing, escalating, and being too late."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from cases.models import Alert, Case
from cases.services.alerts import alert_take_next
from ratel.identifiers import read, show
from screening.models import Customer
from teams.authentication import person_principal
from teams.models import Membership, Person
from teams.roles import Role
from tests.cast import make_bank
from tests.desk import alert_stories as stories
from tests.desk.people import Seat, seat
from tests.evaluate.lists import load_demo_list
from tests.evaluate.stored import events

PEOPLE = 20


@pytest.fixture(scope="module")
def bank():
    load_demo_list()
    return make_bank("Action Bank", "ng", people=True)


@pytest.fixture
def analyst(bank) -> Seat:
    return seat(bank, "analyst", "ng")


@pytest.fixture
def officer(bank) -> Seat:
    return seat(bank, "officer", "ng")


def version(bank, alert: str) -> int:
    return stories.stored(bank, alert).version


def test_taking_makes_it_mine_and_starts_it(bank, analyst):
    alert = stories.reviewed(bank, "taken")
    page = analyst.do("alert-take", alert, version=version(bank, alert)).content.decode()
    assert "It is yours." in page
    stored = stories.stored(bank, alert)
    assert (stored.status, stored.assigned_to_id) == ("in_progress", bank.people["analyst"].id)
    assert "Assigned to" in page


def test_giving_it_to_a_colleague_and_back(bank, analyst):
    alert = stories.reviewed(bank, "given")
    officer = bank.people["officer"]
    assert "Assigned." in analyst.do("alert-assign", alert, person=str(officer.id)).content.decode()
    assert stories.stored(bank, alert).assigned_to_id == officer.id
    assert "Back in the queue" in analyst.do("alert-assign", alert, person="").content.decode()
    assert stories.stored(bank, alert).status == "open"


def test_dismissing_needs_a_reason_and_goes_on_with_the_next(bank, analyst):
    first, second = (stories.reviewed(bank, f"dismissed-{number}") for number in range(2))
    within = "customer=dismissed-1"
    for alert in (first, second):
        with bank.seeing("ng"):
            Alert.objects.filter(id=read("alt", alert)).update(risk_score=555)
    within = "scoreFrom=555&scoreTo=555"
    back = analyst.url("alert", first)
    refused = analyst.do("alert-dismiss", first, reason=" ", back=back).content.decode()
    assert "reason" in refused
    assert stories.stored(bank, first).status == "open"
    answer = analyst.post("alert-dismiss", first, reason="Salary, contract seen", **{"in": within})
    assert answer.status_code == 303
    assert second in answer.headers["Location"]
    stored = stories.stored(bank, first)
    assert (stored.status, stored.disposition) == ("dismissed", "false_positive")
    page = analyst.get("alert", first).content.decode()
    assert "Salary, contract seen" in page
    last = analyst.do("alert-dismiss", second, reason="The same", **{"in": within}).content.decode()
    assert "last one of this view" in last


def test_escalating_opens_a_case_where_notes_go(bank, analyst):
    alert = stories.reviewed(bank, "escalated")
    early = analyst.do(
        "alert-note", alert, text="too early", back=analyst.url("alert", alert)
    ).content.decode()
    assert "escalate it first" in early
    page = analyst.do("alert-escalate", alert, reason="Three branches in one afternoon").content.decode()
    assert "Escalated into case" in page
    stored = stories.stored(bank, alert)
    with bank.seeing("ng"):
        assert Case.objects.get(id=stored.case_id).status == "OPEN"
    assert "Noted on the case" in analyst.do("alert-note", alert, text="Called the branch").content.decode()
    dismissed = analyst.do(
        "alert-dismiss", alert, reason="x", back=analyst.url("alert", alert)
    ).content.decode()
    assert "resolve the case" in dismissed


def test_sleeping_takes_it_out_of_the_queue_until_that_day(bank, analyst):
    alert = stories.reviewed(bank, "asleep")
    day = (timezone.now() + timedelta(days=3)).date()
    page = analyst.do(
        "alert-snooze", alert, until=day.isoformat(), reason="Waits for the branch"
    ).content.decode()
    assert "Out of the queue until" in page
    assert stories.stored(bank, alert).snoozed_until.date() == day
    for wrong in ("2020-01-01", "soon", "", "9999-12-31"):
        back = analyst.url("alert", alert)
        refused = analyst.do("alert-snooze", alert, until=wrong, reason="x", back=back).content.decode()
        assert "until: must be a time" in refused


def test_whoever_comes_too_late_is_told_what_has_changed(bank, analyst, officer):
    alert = stories.reviewed(bank, "raced")
    seen = version(bank, alert)
    assert "It is yours." in analyst.do("alert-take", alert, version=seen).content.decode()
    late = officer.do(
        "alert-dismiss", alert, reason="Known payroll", version=seen, back=officer.url("alert", alert)
    ).content.decode()
    assert "Somebody changed it meanwhile: look again. It is in progress now." in late
    assert "data-refused" in late
    assert stories.stored(bank, alert).status == "in_progress"


def test_an_alert_raised_by_hand_waits_in_the_queue_and_is_told(bank, analyst):
    stories.paid(bank, 1, customerId="suspected", direction="debit", amount=10)
    with bank.seeing("ng"):
        customer = Customer.objects.get(reference="suspected")
    before = customer.prior_alerts
    page = analyst.do(
        "alert-raise", customer_id=show("cus", customer.id), severity="critical", reason="Police asked"
    ).content.decode()
    assert "Raised. It waits in the queue." in page
    with bank.seeing("ng"):
        alert = Alert.objects.get(trigger="manual", customer_id=customer.id)
        assert Customer.objects.get(id=customer.id).prior_alerts == before + 1
    assert alert.due_at - alert.created_at == timedelta(hours=2)
    told = [one for one in events(bank, "ng") if one.subject == show("alt", alert.id)]
    assert [one.event for one in told] == ["alert.created"]
    assert told[0].payload["triggerType"] == "manual"
    for wrong in ({"severity": "grave", "reason": "x"}, {"severity": "high", "reason": " "}):
        refused = analyst.do("alert-raise", customer_id=show("cus", customer.id), **wrong).content.decode()
        assert "must be" in refused


def test_taking_next_at_the_desk_ends_where_nothing_waits():
    bank = make_bank("Quiet Bank", "ng", people=True)
    alert = stories.reviewed(bank, "only")
    analyst = seat(bank, "analyst", "ng")
    answer = analyst.post("alerts-take-next")
    assert answer.headers["Location"].endswith(alert)
    assert "Nothing waits" in analyst.do("alerts-take-next").content.decode()


def test_twenty_people_who_take_the_next_one_at_once_get_twenty_alerts():
    """Never one for two, none left behind; with fewer alerts than people some get none."""
    bank = make_bank("Busy Bank", "ng", people=True)
    team = bank.teams["ng"]
    with bank.seeing("ng"):
        people = [colleague(bank, number) for number in range(PEOPLE)]
        memberships = Membership.objects.filter(team=team, person__in=people).select_related("team")
        callers = [person_principal(one, address="127.0.0.1") for one in memberships]
    for waiting in (PEOPLE, PEOPLE // 2):
        alerts = {
            read("alt", stories.reviewed(bank, f"busy-{waiting}-{number}")) for number in range(waiting)
        }
        taken = take_at_once(callers)
        got = [one for one in taken.values() if one is not None]
        assert len(got) == len(set(got)) == waiting
        assert set(got) == alerts
        with bank.seeing("ng"):
            owners = dict(Alert.objects.filter(id__in=got).values_list("id", "assigned_to_id"))
        assert owners == {alert: person for person, alert in taken.items() if alert is not None}


def colleague(bank, number: int) -> Person:
    """One more analyst of the team, who never signs in: no password to hash."""
    person = Person(
        organisation=bank.organisation, email=f"a-{number}-{bank.id}@example.com", name=f"Analyst {number}"
    )
    person.set_unusable_password()
    person.save(force_insert=True)
    Membership.objects.create(
        organisation=bank.organisation, person=person, team=bank.teams["ng"], role=Role.ANALYST.value
    )
    return person


def take_at_once(callers):
    """By person the alert that each got, all of them starting at the same moment on connections of their own."""
    ready, taken, failures = threading.Barrier(len(callers)), {}, []

    def take(caller):
        try:
            ready.wait(timeout=30)
            alert = alert_take_next(caller=caller)
            taken[caller.person_id] = alert.id if alert else None
        except Exception as failure:
            failures.append(failure)
        finally:
            connection.close()

    threads = [threading.Thread(target=take, args=(caller,)) for caller in callers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    assert len(taken) == len(callers)
    return taken
