"""The queue and an alert in a real browser: once with the mouse, once with keys alone; one screenful; both themes."""

import pytest

from tests.cast import make_bank
from tests.desk import alert_stories as stories
from tests.desk.browser import HEIGHT
from tests.evaluate.lists import load_demo_list


@pytest.fixture(scope="module")
def bank():
    load_demo_list()
    return make_bank("Journey Bank", "ng", people=True)


def fits_one_screen(visitor) -> bool:
    return visitor.page.evaluate("document.documentElement.scrollHeight") <= HEIGHT


def test_with_the_mouse_from_the_queue_to_a_case(bank, visit):
    structuring, match = stories.structuring(bank), stories.name_match(bank)
    stories.reviewed(bank, "known", customerName="Known Payroll Ltd")
    analyst = visit(bank, "analyst", "ng")
    page = analyst.go("alerts")
    analyst.assert_accessible()
    page.get_by_role("link", name="4 cash deposits under").click()
    page.wait_for_url("**/alerts/alt_*")
    assert page.url.split("?")[0].endswith(structuring)
    assert fits_one_screen(analyst)
    analyst.assert_accessible()
    page.get_by_role("button", name="network").click()
    assert page.get_by_role("dialog").get_by_text("Bello Ventures").is_visible()
    page.get_by_role("dialog").get_by_role("button", name="Close").click()
    page.get_by_role("button", name="Take", exact=False).first.click()
    page.get_by_text("It is yours.").wait_for()
    page.get_by_role("button", name="Note").click()
    page.get_by_label("Note", exact=True).fill("Called the branch in Ikeja")
    page.get_by_role("button", name="Write it down").click()
    page.get_by_text("Noted on the case.").wait_for()

    analyst.go(f"alerts/{match}")
    assert fits_one_screen(analyst)
    analyst.assert_accessible()
    page.get_by_role("button", name="Not this person").click()
    page.get_by_role("dialog").get_by_label("Reason").fill("Another year of birth")
    page.get_by_role("button", name="Decide").click()
    page.get_by_text("Decided: not this person.").wait_for()

    analyst.go("alerts")
    page.get_by_role("row", name="Known Payroll Ltd").get_by_role("checkbox").check()
    page.get_by_role("button", name="Dismiss…").click()
    page.get_by_label("Reason, kept with each of them").fill("Payroll day")
    page.get_by_role("dialog").get_by_role("button", name="Preview").click()
    page.get_by_role("heading", name="1 alert would be dismissed").wait_for()
    analyst.assert_accessible()
    page.get_by_role("button", name="Dismiss 1").click()
    page.get_by_text("1 dismissed.").wait_for()


def test_with_keys_alone_take_next_dismiss_escalate_and_filter(bank, visit):
    """Two seats at once: what one has changed meanwhile, the other is told, and keeps what was typed."""
    alerts = [stories.reviewed(bank, f"keys-{number}") for number in range(3)]
    officer, analyst = visit(bank, "officer", "ng"), visit(bank, "analyst", "ng")
    officer.go(f"alerts/{alerts[0]}")
    page = analyst.go("alerts?customer=keys-0")
    analyst.press("j", "Enter")
    page.wait_for_url(f"**/alerts/{alerts[0]}*")
    analyst.press("a")
    page.get_by_text("It is yours.").wait_for()

    officer.press("d")
    officer.page.keyboard.type("The customer's payroll")
    officer.press("Tab", "Enter")
    officer.page.get_by_text("Somebody changed it meanwhile: look again. It is in progress now.").wait_for()
    officer.press("d")
    assert officer.page.locator("#dismiss-reason").input_value() == "The customer's payroll"

    analyst.press("d")
    page.keyboard.type("Salary, contract seen")
    analyst.press("Tab", "Enter")
    page.get_by_text("Dismissed as a false positive.").wait_for()
    assert stories.stored(bank, alerts[0]).status == "dismissed"

    analyst.go("alerts?customer=keys-1")
    analyst.press("j", "a")
    page.get_by_text("It is yours.").wait_for()
    analyst.press("j", "Enter")
    page.wait_for_url(f"**/alerts/{alerts[1]}*")
    analyst.press("e")
    page.keyboard.type("Three branches in one afternoon")
    analyst.press("Tab", "Enter")
    page.get_by_text("Escalated into case").wait_for()
    analyst.press("u")
    page.wait_for_url("**/alerts?customer=keys-1")
    analyst.press("f")
    page.keyboard.press("Control+A")
    page.keyboard.type("keys-2")
    analyst.press("Enter")
    page.wait_for_url("**customer=keys-2*")
    analyst.press("n")
    page.get_by_text("It is yours.").wait_for()
    officer.page.clock.install()
    officer.go("alerts")
    with officer.page.expect_response("**/alerts/counts*") as refreshed:
        officer.page.clock.fast_forward(16_000)
    assert refreshed.value.status == 200
    analyst.press("?")
    assert page.get_by_role("dialog").get_by_text("next alert").is_visible()
