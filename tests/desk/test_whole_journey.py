"""From the queue to what the bank is told: an analyst takes the next alert, makes a case of it, proposes; an officer
confirms. Once with the mouse, once with keys alone."""

import pytest

from tests.cast import Bank, changed, make_bank
from tests.desk import alert_stories as stories
from tests.desk.browser import Visitor
from tests.evaluate.lists import load_demo_list
from webhooks.models import OutboxEvent


@pytest.fixture
def bank() -> Bank:
    load_demo_list()
    bank = make_bank("Whole Journey Bank", "ng", people=True)
    assert bank.callers["ng"].patch("/api/decision-policy", {"fourEyes": {"resolutions": True}}).status == 200
    changed()
    stories.reviewed(bank, "the-only-one")
    return bank


def told(bank: Bank) -> list[tuple[str, str]]:
    """What the bank was told of cases: the event and the status."""
    with bank.seeing("ng"):
        events = OutboxEvent.objects.filter(event__startswith="case.").order_by("sequence")
        return [(event.event, event.payload["status"]) for event in events]


def on_the_case(analyst: Visitor) -> str:
    analyst.page.wait_for_url("**/cases/cas_*")
    return analyst.page.url.rpartition("/")[2]


def test_with_the_mouse(bank, visit):
    analyst, officer = visit(bank, "analyst", "ng"), visit(bank, "officer", "ng")
    page = analyst.go("alerts")
    page.get_by_role("button", name="Take next").click()
    page.get_by_text("It is yours.").wait_for()
    assert page.get_by_role("heading", name="Why it fired").is_visible()
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
    page.get_by_role("button", name="Propose").click()
    page.get_by_label("It turned out to be").select_option("false_positive")
    page.get_by_label("Why: what the decision rests on").fill("Contract seen")
    page.locator("dialog[open]").get_by_role("button", name="Propose").click()
    page.get_by_text("Proposed as false positive").first.wait_for()
    assert ("case.resolved", "RESOLVED_FALSE_POSITIVE") not in told(bank)
    officer.go(f"cases/{case_id}").get_by_role("button", name="Confirm").click()
    officer.page.get_by_text("Confirmed: resolved false positive").wait_for()
    assert told(bank)[-1] == ("case.resolved", "RESOLVED_FALSE_POSITIVE")


def test_with_keys_alone(bank, visit):
    analyst, officer = visit(bank, "analyst", "ng"), visit(bank, "officer", "ng")
    page = analyst.go("alerts")
    analyst.press("n")
    page.get_by_text("It is yours.").wait_for()
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
    analyst.press("r", "ArrowDown", "Tab")
    page.keyboard.type("The accounts belong to mules")
    analyst.press("Tab", "Enter")
    page.get_by_text("Proposed as true positive").first.wait_for()
    officer.go(f"cases/{case_id}")
    officer.press("y")
    officer.page.get_by_text("Confirmed: resolved true positive").wait_for()
    assert told(bank)[-1] == ("case.resolved", "RESOLVED_TRUE_POSITIVE")
