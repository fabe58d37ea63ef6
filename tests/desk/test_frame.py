"""The frame of the desk in a browser: menu, keys, themes."""

from tests.cast import make_bank


def test_the_menu_the_keys_and_both_themes(visit):
    bank = make_bank("Acme Bank", "us", people=True)
    officer = visit(bank, "officer")
    page = officer.go("")
    assert (
        page.get_by_role("navigation").get_by_role("link", name="Overview").get_attribute("aria-current")
        == "page"
    )
    officer.press("?")
    assert page.get_by_role("dialog").get_by_text("these keys").is_visible()
    officer.press("Escape")
    officer.assert_accessible()
