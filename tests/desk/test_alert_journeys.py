"""The queue and an alert in a real browser: once with the mouse, once with keys alone; one screenful; both themes."""

import pytest
from playwright.sync_api import expect

from tests.cast import make_bank
from tests.desk import alert_stories as stories
from tests.desk.browser import HEIGHT, Visitor
from tests.desk.people import seat
from tests.evaluate.lists import load_demo_list


@pytest.fixture(scope="module")
def bank():
    load_demo_list()
    return make_bank("Journey Bank", "ng", people=True)


def assert_one_screenful(visitor: Visitor, why: str, *told: str, to_do: tuple[str, ...]) -> None:
    """What happened, why, who the customer is, what similar ones became and what to do now: without scrolling."""
    page = visitor.page
    assert page.evaluate("document.documentElement.scrollHeight") <= HEIGHT
    expect(page.get_by_role("heading", level=1)).to_be_in_viewport(ratio=1)
    for name in (why, "Customer", "What similar ones became"):
        expect(page.get_by_role("region", name=name, exact=True)).to_be_in_viewport(ratio=1)
    for text in told:
        expect(page.get_by_text(text).first).to_be_in_viewport(ratio=1)
    for name in to_do:
        expect(page.get_by_role("button", name=name).first).to_be_in_viewport(ratio=1)
    expect(page.get_by_text("all keys")).to_be_in_viewport(ratio=1)


def assigned_to(bank, alert: str, role: str) -> bool:
    return stories.stored(bank, alert).assigned_to_id == bank.people[role].id


def test_with_the_mouse_from_the_queue_to_a_case(bank, visit):
    structuring, match = stories.structuring(bank), stories.name_match(bank)
    stories.reviewed(bank, "known", customerName="Known Payroll Ltd")
    analyst = visit(bank, "analyst", "ng")
    page = analyst.go("alerts")
    analyst.assert_accessible()
    page.get_by_role("link", name="4 cash deposits under").click()
    page.wait_for_url("**/alerts/alt_*")
    assert page.url.split("?")[0].endswith(structuring)
    assert_one_screenful(
        analyst,
        "Why it fired",
        "NGN 19.1 m, at least 4.0 m",
        "4, at least 3",
        "Adaeze Okonkwo",
        "CBN-002: nobody closed one in 90 days",
        to_do=("Take", "Assign", "Snooze", "Note"),
    )
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
    page.get_by_role("button", name="Assign").click()
    page.get_by_role("dialog").get_by_label("Assign to").select_option(label=bank.people["officer"].name)
    page.get_by_role("dialog").get_by_role("button", name="Assign").click()
    page.get_by_text("Assigned.", exact=True).wait_for()
    assert assigned_to(bank, structuring, "officer")

    analyst.go(f"alerts/{match}")
    assert_one_screenful(
        analyst,
        "Why it fired",
        "Is it the same counterparty?",
        "Kuda Imports Ltd",
        "100 of 100",
        to_do=("Take", "Not this person", "Confirm"),
    )
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
    alerts = [stories.reviewed(bank, f"keys-{number}") for number in range(5)]
    officer, analyst = visit(bank, "officer", "ng"), visit(bank, "analyst", "ng")
    officer.go(f"alerts/{alerts[0]}")
    page = analyst.go("alerts?customer=keys-0")
    analyst.press("?")
    for words in ("Take next", "Dismiss…", "open the row"):
        expect(page.get_by_role("dialog").get_by_text(words, exact=True)).to_be_visible()
    analyst.press("Escape", "j", "Enter")
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
    # Another person gets one from its page, and one from the queue with a preview.
    analyst.go(f"alerts/{alerts[3]}")
    analyst.press("s")
    page.keyboard.type("Officer")
    analyst.press("Tab", "Enter")
    page.get_by_text("Assigned.", exact=True).wait_for()
    assert assigned_to(bank, alerts[3], "officer")
    analyst.go("alerts?customer=keys-4")
    analyst.press("j", "s")
    page.wait_for_selector("#assign-person:focus")
    page.keyboard.type("Officer")
    analyst.press("Tab")
    page.keyboard.type("Knows the branch")
    analyst.press("Tab", "Enter")
    page.get_by_role("heading", name="1 alert would be assigned").wait_for()
    assert not assigned_to(bank, alerts[4], "officer")
    analyst.press("y")
    page.get_by_text("1 assigned.").wait_for()
    assert assigned_to(bank, alerts[4], "officer")

    analyst.go("alerts?customer=keys-1&view=mine")
    analyst.press("j", "Enter")
    page.wait_for_url(f"**/alerts/{alerts[1]}*")
    analyst.press("u")
    page.wait_for_url("**/alerts?*customer=keys-1*")
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


def test_the_page_of_a_ring_is_one_screenful_that_answers(visit):
    """The demo bank's third story: what passes through, from whom to whom, and what became of alerts like it."""
    load_demo_list()
    bank = make_bank("Ring Bank", "id", people=True)
    at = seat(bank, "analyst", "id")
    for customer, reason in (("importer", "Contract seen"), ("estate", "Notary's account")):
        told = at.do("alert-dismiss", stories.large(bank, customer), reason=reason).content.decode()
        assert "Dismissed as a false positive" in told
    alert = stories.ring(bank)
    analyst = visit(bank, "analyst", "id")
    page = analyst.go(f"alerts/{alert}")
    assert_one_screenful(
        analyst,
        "Why it fired",
        "Amount 1,275,000,000 IDR reaches the 500,000,000 IDR threshold",
        "IDR 1.3 bn, at least 500.0 m",
        "97% of the last 24 hours' credits left again",
        "PT Bumi Dana Lestari",
        "Verified · basic",
        "IDR 2.9 bn / IDR 2.8 bn",
        "HIGH_AMT_IDR, closed in 90 days: 2, of them 0 true (0%), 2 false",
        "1 other customer with open alerts",
        "Golden Straits Exchange Pte",
        to_do=("Take", "Escalate", "Dismiss", "Assign", "Snooze"),
    )
    for name in ("Score by layer", "Around, 30 days", "Money out, 30 days: IDR 2.8 bn", "History"):
        expect(page.get_by_role("region", name=name, exact=True)).to_be_in_viewport(ratio=1)
    analyst.assert_accessible()
