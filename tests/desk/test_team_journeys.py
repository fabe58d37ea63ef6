"""Journeys in a browser: a key that is made, called with and seen; second factors, with a device and an app."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pyotp
import pytest
from playwright.sync_api import Page, expect

from tests.cast import PASSWORD, make_bank
from tests.desk.browser import HEIGHT, PATIENCE_MS, WIDTH, Visitor
from tests.sign_in.people import ask_of, proofs_of


@pytest.fixture(scope="module")
def acme():
    return make_bank("Acme Bank", "us", people=True)


@contextmanager
def stranger(browser, base_url: str) -> Iterator[Page]:
    """A browser window in which nobody is signed in, under a name: browsers keep passkeys for names only."""
    context = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT})
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    page.goto(base_url.replace("127.0.0.1", "localhost") + "/accounts/login/")
    try:
        yield page
    finally:
        context.close()


def assert_accessible(page: Page) -> None:
    Visitor(page, "", None, "").assert_accessible()


def give_password(page: Page, person) -> None:
    page.fill("input[name=username]", person.email)
    page.fill("input[name=password]", PASSWORD)
    page.keyboard.press("Enter")


def with_device(page: Page) -> None:
    """A security key in the browser that says yes to everything."""
    tools = page.context.new_cdp_session(page)
    tools.send("WebAuthn.enable")
    device = {"protocol": "ctap2", "transport": "internal", "automaticPresenceSimulation": True}
    tools.send(
        "WebAuthn.addVirtualAuthenticator",
        {"options": {**device, "hasUserVerification": True, "isUserVerified": True, "hasResidentKey": False}},
    )


def code_of(page: Page) -> str:
    secret = page.inner_text("#app-secret").replace(" ", "")
    # The step before the present one, so that the present one is left for signing in.
    return pyotp.TOTP(secret).generate_otp(int(time.time()) // 30 - 1)


def run(call: str) -> str:
    """What the shell says to a pasted call."""
    return subprocess.run(
        ["/bin/sh", "-c", call], capture_output=True, text=True, check=True, timeout=30
    ).stdout


def test_an_administrator_makes_a_key_with_the_mouse_calls_with_it_and_sees_it_used(visit, acme):
    admin = visit(acme, "admin")
    page = admin.go("team")
    admin.assert_accessible()
    page.get_by_role("button", name="Make a key").click()
    page.get_by_label("What will use it?").fill("Core banking")
    admin.assert_accessible()
    page.get_by_role("button", name="Make the key").click()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy the call").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    call = page.evaluate("navigator.clipboard.readText()")
    admin.assert_accessible()
    expect(page.locator("#seen")).to_contain_text("Never used")
    assert '"decision":"' in run(call)
    expect(page.locator("#seen")).to_contain_text("last seen")
    page.get_by_role("link", name="All keys").click()
    admin.assert_accessible()
    page.get_by_role("link", name="Core banking").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("is in use")


def test_the_same_by_keyboard_only_and_the_key_revoked(visit, acme):
    admin = visit(acme, "admin")
    page = admin.go("team")
    admin.press("n")
    page.keyboard.type("Typed")
    admin.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("copy the key now")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    admin.tab_to("[data-copy=curl]")
    admin.press("Enter")
    expect(page.locator("[data-copy=curl]")).to_have_text("Copied")
    call = page.evaluate("navigator.clipboard.readText()")
    expect(page.locator("#seen")).to_contain_text("Never used")
    assert '"decision":"' in run(call)
    with page.expect_request("**/seen") as asked:
        expect(page.locator("#seen")).to_contain_text("last seen")
    assert asked.value.headers["x-ratel-background"] == "yes", "a page left open keeps no desk open"
    admin.press("x")
    expect(page.get_by_role("dialog")).to_be_visible()
    admin.press("Tab", "Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("is revoked")
    assert "unauthenticated" in run(call)


def test_an_app_is_set_up_when_a_team_asks_and_signs_in_from_then_on(browser, live_server_process, acme):
    officer = acme.people["officer"]
    ask_of(acme, "leads")
    with stranger(browser, live_server_process) as page:
        assert_accessible(page)
        give_password(page, officer)
        expect(page.get_by_role("heading", level=1)).to_contain_text("asks for a second factor")
        assert_accessible(page)
        secret = page.inner_text("#app-secret").replace(" ", "")
        page.fill("#code", code_of(page))
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_contain_text("Keep these ten codes")
        assert_accessible(page)
        page.keyboard.press("o")
        page.wait_for_url("**/t/**")
        page.get_by_role("button", name="Sign out").click()
        give_password(page, officer)
        page.fill("#code", "000000")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_contain_text("not right now")
        assert_accessible(page)
        page.fill("#code", pyotp.TOTP(secret).now())
        page.keyboard.press("Enter")
        page.wait_for_url("**/t/**")
    ask_of(acme, "nobody")
    assert proofs_of(officer)[-2:] == ["password and a new second factor", "password and time code"]


def test_a_passkey_is_added_and_signs_in(browser, live_server_process, acme):
    analyst = acme.people["analyst"]
    with stranger(browser, live_server_process) as page:
        with_device(page)
        give_password(page, analyst)
        page.get_by_role("link", name=analyst.name).click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Only your password")
        assert_accessible(page)
        page.keyboard.press("a")
        page.get_by_label("What do you call this device?").fill("My laptop")
        assert_accessible(page)
        page.get_by_role("button", name="Add a passkey").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Keep these ten codes")
        page.get_by_role("link", name="I have kept them").click()
        expect(page.get_by_role("row", name="My laptop")).to_be_visible()
        assert_accessible(page)
        page.get_by_role("button", name="Sign out").click()
        give_password(page, analyst)
        expect(page.get_by_role("heading", level=1)).to_contain_text("One more proof")
        assert_accessible(page)
        page.keyboard.press("Enter")
        page.wait_for_url("**/t/**")
    assert proofs_of(analyst)[-1] == "password and passkey"


def test_people_and_the_payload_schema_read_well_for_everybody(visit, acme):
    admin = visit(acme, "admin")
    page = admin.go("team/people")
    admin.assert_accessible()
    admin.press("i")
    page.keyboard.type("Nora New")
    admin.press("Tab")
    page.keyboard.type(f"nora-{acme.people['admin'].email}")
    admin.press("Enter")
    expect(page.locator("#link-text")).to_contain_text("/accounts/set-password/")
    admin.assert_accessible()
    link = page.inner_text("#link-text")
    page = admin.go("payload-schema")
    admin.assert_accessible()
    page.get_by_label("Key 1", exact=True).fill("betrag")
    page.get_by_label("Type of key 1", exact=True).select_option("Float")
    page.get_by_label("Meaning of key 1", exact=True).select_option("amount")
    page.get_by_role("button", name="Try it").click()
    expect(page.get_by_role("status")).to_contain_text("It would be refused")
    admin.assert_accessible()
    page.get_by_role("button", name="Save as version").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("version 1 holds")
    page.goto(link)
    admin.assert_accessible()
