"""From the queue to what the bank is told: an analyst takes the next alert, makes a case of it, notes and assigns it; a
colleague escalates and proposes; an officer confirms. Once with the mouse, once with keys alone."""

import pytest
from playwright.sync_api import expect

from cases.models import Case
from ratel.identifiers import read
from ratel.tenancy import tenant
from teams.roles import Role
from teams.services import create_person
from tests.cast import PASSWORD, Bank, changed, make_bank
from tests.desk import alert_stories as stories
from tests.desk.browser import Visitor
from tests.evaluate.lists import load_demo_list
from webhooks.models import OutboxEvent

COLLEAGUE = "Zainab Colleague"


@pytest.fixture
def bank() -> Bank:
    """Resolutions need four eyes; one alert waits; a second analyst works in the team."""
    load_demo_list()
    bank = make_bank("Whole Journey Bank", "ng", people=True)
    assert bank.callers["ng"].patch("/api/decision-policy", {"fourEyes": {"resolutions": True}}).status == 200
    changed()
    with tenant(bank.id, [bank.teams["ng"].id]):
        bank.people["colleague"] = create_person(
            organisation=bank.organisation,
            email=f"second-{bank.people['analyst'].email}",
            name=COLLEAGUE,
            password=PASSWORD,
            roles=[(bank.teams["ng"], Role.ANALYST)],
        )
    stories.reviewed(bank, "the-only-one")
    return bank


def told(bank: Bank) -> list[tuple[str, str]]:
    """What the bank was told of cases: the event and the status."""
    with bank.seeing("ng"):
        events = OutboxEvent.objects.filter(event__startswith="case.").order_by("sequence")
        return [(event.event, event.payload["status"]) for event in events]


def is_resolved(bank: Bank) -> bool:
    return any(event == "case.resolved" for event, _ in told(bank))


def holder(bank: Bank, case_id: str) -> str | None:
    with bank.seeing("ng"):
        case = Case.objects.get(id=read("cas", case_id))
        return next((role for role, one in bank.people.items() if one.id == case.assigned_to_id), None)


def on_the_case(person: Visitor) -> str:
    person.page.wait_for_url("**/cases/cas_*")
    return person.page.url.rpartition("/")[2]


def assert_understood(person: Visitor) -> None:
    """What happened and why, in the words of the page."""
    for heading in ("Why it fired", "Customer", "What similar ones became"):
        expect(person.page.get_by_role("heading", name=heading, exact=True)).to_be_visible()


def test_with_the_mouse(bank, visit):
    analyst, officer = visit(bank, "analyst", "ng"), visit(bank, "officer", "ng")
    page = analyst.go("alerts")
    page.get_by_role("button", name="Take next").click()
    page.get_by_text("It is yours.").wait_for()
    assert_understood(analyst)
    page.get_by_role("button", name="Escalate").click()
    page.locator("dialog[open] textarea").fill("Three branches in one afternoon")
    page.locator("dialog[open]").get_by_role("button", name="Escalate").click()
    page.get_by_text("Escalated into case").wait_for()
    page.locator("[data-key=c]").click()
    case_id = on_the_case(analyst)
    page.get_by_role("button", name="Take").click()
    page.get_by_text("The case is yours").wait_for()
    page.get_by_role("button", name="Note").click()
    page.get_by_label("What you found").fill("Payroll of a known employer")
    page.get_by_role("button", name="Write it").click()
    page.get_by_role("article").get_by_text("Payroll of a known employer").wait_for()
    page.get_by_role("button", name="Assign").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("To").select_option(label=COLLEAGUE)
    dialog.get_by_role("button", name="Assign").click()
    page.get_by_text("The case has somebody else now").wait_for()
    assert holder(bank, case_id) == "colleague"

    colleague = visit(bank, "colleague", "ng")
    page = colleague.go("cases")
    page.get_by_role("link", name="Mine").click()
    page.get_by_role("row", name="the-only-one").get_by_role("link").first.click()
    assert on_the_case(colleague) == case_id
    expect(page.get_by_role("article").get_by_text("Payroll of a known employer")).to_be_visible()
    page.get_by_role("button", name="Escalate").click()
    page.get_by_role("dialog").get_by_label("Why").fill("The employer is new to us")
    page.get_by_role("dialog").get_by_role("button", name="Escalate").click()
    page.get_by_text("The case is escalated").wait_for()
    page.get_by_role("button", name="Propose").click()
    page.get_by_label("It turned out to be").select_option("false_positive")
    page.get_by_label("Why: what the decision rests on").fill("Contract seen")
    page.locator("dialog[open]").get_by_role("button", name="Propose").click()
    page.get_by_text("Proposed as false positive").first.wait_for()
    assert not is_resolved(bank)
    officer.go(f"cases/{case_id}").get_by_role("button", name="Confirm").click()
    officer.page.get_by_text("Confirmed: resolved false positive").wait_for()
    assert told(bank)[-1] == ("case.resolved", "RESOLVED_FALSE_POSITIVE")


def test_with_keys_alone(bank, visit):
    analyst, officer = visit(bank, "analyst", "ng"), visit(bank, "officer", "ng")
    page = analyst.go("alerts")
    analyst.press("n")
    page.get_by_text("It is yours.").wait_for()
    assert_understood(analyst)
    analyst.press("e")
    page.keyboard.type("Three branches in one afternoon")
    analyst.press("Tab", "Enter")
    page.get_by_text("Escalated into case").wait_for()
    analyst.press("c")
    case_id = on_the_case(analyst)
    analyst.press("a")
    page.get_by_text("The case is yours").wait_for()
    analyst.press("m")
    page.keyboard.type("Four payees share one device")
    analyst.press("Tab", "Enter")
    page.get_by_role("article").get_by_text("Four payees share one device").wait_for()
    analyst.press("s")
    page.keyboard.type(COLLEAGUE)
    analyst.press("Tab", "Enter")
    page.get_by_text("The case has somebody else now").wait_for()
    assert holder(bank, case_id) == "colleague"

    colleague = visit(bank, "colleague", "ng")
    page = colleague.go("")
    colleague.press("c")
    page.wait_for_url("**/cases?view=mine*")
    colleague.press("j", "Enter")
    assert on_the_case(colleague) == case_id
    colleague.press("e")
    page.keyboard.type("The device is new to us")
    colleague.press("Tab", "Enter")
    page.get_by_text("The case is escalated").wait_for()
    colleague.press("r", "ArrowDown", "Tab")
    page.keyboard.type("The accounts belong to mules")
    colleague.press("Tab", "Enter")
    page.get_by_text("Proposed as true positive").first.wait_for()
    assert not is_resolved(bank)
    officer.go("")
    officer.press("v")
    officer.page.wait_for_url("**/cases?view=review*")
    officer.press("j", "Enter")
    assert on_the_case(officer) == case_id
    officer.press("y")
    officer.page.get_by_text("Confirmed: resolved true positive").wait_for()
    assert told(bank)[-1] == ("case.resolved", "RESOLVED_TRUE_POSITIVE")
