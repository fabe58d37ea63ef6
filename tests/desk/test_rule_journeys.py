"""A rule in a browser: drafted in the builder, tested over the past, approved by a second person, live."""

import time
from collections.abc import Callable
from typing import Any

from cases.models import Alert
from ratel.identifiers import read
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
    work_on(bank.team_facts("us"), time.monotonic() + 600)


def hit_by(bank: Bank, code: str, **payment: Any) -> tuple[Any, Any]:
    """A payment decided now: the answer and what the rule found in it, None where it found nothing."""
    changed()
    answer = bank.callers["us"].explain(**{"amount": 4_000, "channel": "cash"} | payment)
    assert answer.status == 200, answer.body
    return answer.data, next((hit for hit in answer.data["hits"] if hit["ruleCode"] == code), None)


def assert_decides_nothing(bank: Bank, code: str) -> None:
    assert hit_by(bank, code, customerId="too-early")[1] is None


def assert_live(bank: Bank, code: str, points: int) -> None:
    """The rule hits what it is about, for its points, and nothing else; the alert and the stored evaluation name it."""
    assert hit_by(bank, code, customerId="somebody-small", amount=1_500)[1] is None
    assert hit_by(bank, code, customerId="somebody-else", channel="transfer")[1] is None
    decided, hit = hit_by(bank, code, customerId="somebody")
    assert hit is not None
    assert hit["scoreContribution"] == points
    stored = bank.callers["us"].get(f"/api/evaluations/{decided['evaluationId']}")
    assert code in {one["ruleCode"] for one in stored.data["hits"]}
    with bank.seeing("us"):
        rule = Rule.objects.get(code=code)
        assert rule.status == "active"
        alert = Alert.objects.get(id=read("alt", decided["alertId"]))
        assert alert.evaluation_id == read("evl", decided["evaluationId"])


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
    assert_decides_nothing(bank, "CASH_AGAIN")
    theirs = officer.go(f"rules/{address}")
    theirs.click("text=Approve version 1")
    theirs.wait_for_selector("[role=status]:has-text('is live')")
    assert_live(bank, "CASH_AGAIN", 45)


def test_with_the_keyboard_only(visit: Callable[..., Visitor]) -> None:
    bank = bank_with_a_past()
    analyst, officer = visit(bank, "analyst"), visit(bank, "officer")
    page = analyst.go("rules")
    analyst.press("n")
    page.wait_for_selector("#code:focus")
    page.keyboard.type("BY_KEYS")
    analyst.press("Tab")
    page.keyboard.type("Written by keys")
    analyst.tab_to("#c\\.0-value", back=True)
    page.keyboard.type("2000")
    # Out of the field, so that letters are keys again.
    analyst.press("Escape", "g")
    page.wait_for_selector("#c\\.1-what:focus")
    page.keyboard.type("Cash")
    page.wait_for_selector("#c\\.1-value:has-text('yes')")
    analyst.tab_to("#points")
    analyst.press("Control+a")
    page.keyboard.type("50")
    analyst.press("Escape", "s")
    page.wait_for_selector("h1:has-text('Written by keys')")
    analyst.press("t")
    page.wait_for_selector("#test-dialog[open]")
    analyst.tab_to("#test-dialog .primary")
    analyst.press("Enter")
    page.wait_for_selector("#back-test[data-status=queued]")
    judged(bank)
    page.wait_for_selector("#back-test[data-status=completed]")
    analyst.press("b")
    page.wait_for_selector("h1:has-text('Written by keys')")
    analyst.press("s")
    page.wait_for_selector("[role=status]:has-text('waits for approval')")
    assert_decides_nothing(bank, "BY_KEYS")
    theirs = officer.go("rules?q=BY_KEYS")
    officer.press("j", "Enter")
    theirs.wait_for_selector("h1:has-text('Written by keys')")
    officer.press("a")
    theirs.wait_for_selector("[role=status]:has-text('is live')")
    assert_live(bank, "BY_KEYS", 50)
