"""A rule in a browser: drafted in the builder, tested over the past, approved by a second person, live."""

import time
from collections.abc import Callable

from cases.models import Alert
from screening.models import Rule
from screening.rule_trials.work import work_on
from tests.cast import Bank, changed, make_bank
from tests.desk.browser import Visitor
from tests.rule_trials.past import payments, send


def bank_with_a_past() -> Bank:
    bank = make_bank("Acme Bank", "us", people=True)
    send(bank, payments(60))
    return bank


def judged(bank: Bank) -> None:
    """What a worker does in the background."""
    work_on(bank.team_facts("us"), time.monotonic() + 30)


def assert_live(bank: Bank, code: str) -> None:
    changed()
    answer = bank.callers["us"].evaluate(amount=4_000, channel="cash", customerId="somebody")
    assert code in {hit["ruleCode"] for hit in answer.data["hits"]}
    with bank.seeing("us"):
        assert Rule.objects.get(code=code).status == "active"
        assert Alert.objects.filter(evaluation_id__isnull=False).exists()


def test_with_the_mouse(visit: Callable[..., Visitor]) -> None:
    bank = bank_with_a_past()
    analyst, officer = visit(bank, "analyst"), visit(bank, "officer")
    page = analyst.go("rules")
    analyst.assert_accessible()
    page.click("text=New rule")
    page.fill("#code", "CASH_AGAIN")
    page.fill("#name", "Cash again and again")
    page.fill("#c\\.0-value", "not a number")
    page.click("#name")
    page.wait_for_selector("#problem-c\\.0:has-text('must be a number')")
    page.fill("#c\\.0-value", "3,000")
    page.click("text=Add condition")
    page.wait_for_selector("#c\\.1-what:focus")
    page.select_option("#c\\.1-what", "isCash")
    page.wait_for_selector("#c\\.1-value:has-text('yes')")
    page.click("text=Add group")
    page.wait_for_selector("#c\\.2\\.0-what:focus")
    page.select_option("#c\\.2\\.0-what", "count")
    page.wait_for_selector("#c\\.2\\.0-length")
    page.select_option("#c\\.2\\.0-op", ">=")
    page.fill("#c\\.2\\.0-value", "1")
    page.press("#c\\.2\\.0-value", "Tab")
    page.wait_for_selector("#checked:has-text('number of transactions in 7 days is at least 1')")
    page.fill("#points", "45")
    analyst.assert_accessible()
    page.click("#save")
    page.wait_for_selector("h1:has-text('Cash again and again')")
    analyst.assert_accessible()
    page.click("text=Back-test")
    page.fill("#test-days", "30")
    page.click("#test-dialog >> text=Start")
    page.wait_for_selector("#back-test[data-status=queued]")
    analyst.assert_accessible()
    judged(bank)
    page.wait_for_selector("#back-test[data-status=completed]")
    assert "would have hit" in page.inner_text("h1")
    analyst.assert_accessible()
    page.click("text=CASH_AGAIN")
    page.click("text=Submit")
    page.wait_for_selector("[role=status]:has-text('waits for approval')")
    address = page.url.split("/rules/")[1]
    theirs = officer.go(f"rules/{address}")
    theirs.click("text=Approve version 1")
    theirs.wait_for_selector("[role=status]:has-text('is live')")
    assert_live(bank, "CASH_AGAIN")


def test_with_the_keyboard_only(visit: Callable[..., Visitor]) -> None:
    bank = bank_with_a_past()
    analyst, officer = visit(bank, "analyst"), visit(bank, "officer")
    page = analyst.go("rules")
    analyst.press("n")
    page.wait_for_selector("#code:focus")
    page.keyboard.type("BY_KEYS")
    analyst.press("Tab")
    page.keyboard.type("Written by keys")
    into(page, "#c\\.0-value", back=True)
    page.keyboard.type("2000")
    # Out of the field, so that letters are keys again.
    into(page, "#do-add\\:c")
    analyst.press("g")
    page.wait_for_selector("#c\\.1-what:focus")
    page.keyboard.type("Cash")
    page.wait_for_selector("#c\\.1-value:has-text('yes')")
    into(page, "#save", back=True)
    analyst.press("Enter")
    page.wait_for_selector("h1:has-text('Written by keys')")
    analyst.press("t")
    page.wait_for_selector("#test-dialog[open]")
    into(page, "#test-dialog .primary")
    analyst.press("Enter")
    page.wait_for_selector("#back-test[data-status=queued]")
    judged(bank)
    page.wait_for_selector("#back-test[data-status=completed]")
    analyst.press("b")
    page.wait_for_selector("h1:has-text('Written by keys')")
    analyst.press("s")
    page.wait_for_selector("[role=status]:has-text('waits for approval')")
    theirs = officer.go("rules?q=BY_KEYS")
    officer.press("j", "Enter")
    theirs.wait_for_selector("h1:has-text('Written by keys')")
    officer.press("a")
    theirs.wait_for_selector("[role=status]:has-text('is live')")
    assert_live(bank, "BY_KEYS")


def into(page: object, selector: str, *, back: bool = False) -> None:
    """Tabs until the field has the focus."""
    for _ in range(80):
        if page.query_selector(f"{selector}:focus"):  # type: ignore[attr-defined]
            return
        page.keyboard.press("Shift+Tab" if back else "Tab")  # type: ignore[attr-defined]
    raise AssertionError(f"{selector} cannot be reached by keys")
