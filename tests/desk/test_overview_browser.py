"""The overview in a browser: both themes, its keys, the table twins."""

from tests.cast import make_bank


def test_the_overview_by_keyboard_and_mouse_in_both_themes(visit):
    bank = make_bank("Acme Bank", "us", people=True)
    caller = bank.callers["us"]
    caller.evaluate(amount=50, customerId="quiet", kycStatus="verified")
    caller.evaluate(amount=25_000, customerId="loud", counterpartyName="Somebody New", kycStatus="verified")
    analyst = visit(bank, "analyst")
    page = analyst.go("?window=7d")
    assert page.get_by_role("heading", level=1).inner_text() == "1 alert waits, none past due"
    page.get_by_text("As a table", exact=True).click()
    assert page.get_by_role("table", name="Decisions by day").is_visible()
    analyst.assert_accessible()
    page.get_by_role("link", name="24 hours").click()
    page.wait_for_url("**/?window=24h")
    analyst.press("u")
    page.wait_for_url("**/alerts?view=unassigned")
