"""The policy in a browser: moved on the slider, what-if read, saved as a version; once by mouse, once by keyboard."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.cast import Bank, make_bank
from tests.evaluate.lists import load_demo_list
from tests.what_if.payments import payments, send

POLICY = "/api/decision-policy"


@pytest.fixture
def bank() -> Bank:
    load_demo_list()
    bank = make_bank("Acme Bank", "us", people=True)
    send(bank, "us", payments("us", 60, seed=5))
    return bank


def title(page: Page, words: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_contain_text(re.compile(words))


def test_with_the_mouse_the_slider_is_moved_the_what_if_read_and_a_version_saved(visit, bank):
    analyst = visit(bank, "analyst")
    page = analyst.go("policy")
    title(page, "Version 1 alerts")
    analyst.assert_accessible()
    slider = page.get_by_role("slider", name="Review from")
    box = slider.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 40 / 150, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 80 / 150, box["y"] + box["height"] / 2, steps=8)
    page.mouse.up()
    title(page, r"This draft alerts [\d.]+ payments? a day, [\d.]+ fewer")
    moved = page.get_by_role("spinbutton", name="Review from").input_value()
    assert 70 <= int(moved) <= 90
    expect(page).to_have_url(re.compile(rf"/policy\?txReviewScore={moved}$"))
    expect(page.get_by_role("img", name=f"review from {moved}, was 40")).to_be_visible()
    analyst.assert_accessible()
    page.reload()
    title(page, "This draft alerts")
    page.get_by_role("button", name="Save as version 2").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(re.compile(rf"Review from\s*40\s*{moved}"))
    dialog.get_by_role("button", name="Save version 2").click()
    expect(page.get_by_role("status")).to_contain_text("Version 2 decides from now on")
    title(page, "Version 2 alerts")
    assert bank.callers["us"].get(POLICY).data["txReviewScore"] == int(moved)


def test_by_keyboard_alone_a_draft_is_made_read_discarded_made_again_and_saved(visit, bank):
    officer = visit(bank, "officer")
    page = officer.go("policy")
    officer.press("r", *["ArrowRight"] * 7)
    title(page, "This draft alerts")
    expect(page.get_by_role("spinbutton", name="Review from")).to_have_value("47")
    expect(page).to_have_url(re.compile("txReviewScore=47"))
    officer.press("d")
    title(page, "Version 1 alerts")
    officer.press("r", *["ArrowRight"] * 3, "Tab", "Control+a", "5", "5")
    expect(page.get_by_role("slider", name="Review from")).to_have_value("55")
    expect(page).to_have_url(re.compile("txReviewScore=55"))
    officer.press("Tab", "s")
    expect(page.get_by_role("dialog")).to_contain_text("Save as version 2")
    officer.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Version 2 decides from now on")
    officer.press("v")
    title(page, "2 versions of the policy")
    officer.assert_accessible()
    assert bank.callers["us"].get(POLICY).data["txReviewScore"] == 55


def test_the_other_aggregation_has_its_own_sliders_and_figures(visit, bank):
    officer = visit(bank, "officer")
    page = officer.go("policy")
    page.get_by_label("Weighted average with a floor").check()
    title(page, r"This draft alerts [\d.]+ payments? a day")
    expect(page.get_by_role("slider")).to_have_count(4)
    page.get_by_role("spinbutton", name="KYC").fill("0")
    expect(page).to_have_url(re.compile(r"aggregation=weighted_floor&weights\.kyc=0"))
    page.locator("summary", has_text="Names count from").focus()
    officer.press("s")
    expect(page.get_by_role("dialog")).to_contain_text("Weight of KYC")
    officer.assert_accessible()
