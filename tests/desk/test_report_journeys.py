"""A report of suspicion from an alert to the authority in a browser: once with the mouse, once with keys alone."""

import json
import re
from pathlib import Path

import pytest
from lxml import etree
from playwright.sync_api import Download, expect

from cases.reports.goaml.check import DIRECTORY
from tests.cast import make_bank
from tests.evaluate.lists import load_demo_list
from tests.reports.conftest import ASSESSMENT, ENTITY, Filer

CUSTOMER = {
    "birth_date": "1984-07-23",
    "national_id": "3173052307840001",
    "nationality": "ID",
    "residence": "ID",
}


@pytest.fixture(scope="module")
def filer():
    load_demo_list()
    bank = make_bank("Journey Bank", "id", people=True)
    officer = bank.session("officer", "id")
    assert officer.patch("/api/reporting-entity", ENTITY).status == 200
    return Filer(bank, bank.session("analyst", "id"), officer, bank.session("admin", "id"))


def content_of(download: Download) -> bytes:
    return Path(download.path()).read_bytes()


def assert_filed_form(download: Download, *words: str) -> None:
    """What was handed out is XML as the authority of Indonesia asks for it, and says what the people wrote."""
    assert download.suggested_filename.endswith(".xml")
    tree = etree.fromstring(content_of(download))
    etree.XMLSchema(file=str(DIRECTORY / "goaml-5.0.2.xsd")).assertValid(tree)
    said = " ".join(" ".join(tree.itertext()).split())
    for one in words:
        assert one in said, one


def fill(page):
    """The whole form, field by field, as a person who tabs through it."""
    page.fill("#assessment", ASSESSMENT)
    page.select_option("#parties-customer-kind", "person")
    for name, value in CUSTOMER.items():
        page.fill(f"#parties-customer-{name}", value)


def test_with_the_mouse_drafted_sent_back_approved_exported_and_filed(filer, visit):
    alert = filer.alert()
    analyst, officer = visit(filer.bank, "analyst", "id"), visit(filer.bank, "officer", "id")
    page = analyst.go("reports")
    page.get_by_role("button", name="Draft a report").click()
    page.get_by_label("or alert").fill(alert)
    page.get_by_role("button", name="Draft it").click()
    page.wait_for_selector("#report-form")
    assert page.get_by_text("2 things missing", exact=True).is_visible()
    # What was typed is there again after a refusal.
    page.fill("#assessment", ASSESSMENT)
    page.locator("[data-key=u]").click()
    page.get_by_role("button", name="Submit it").click()
    page.get_by_text("The report cannot be filed as it is").wait_for()
    assert page.locator("#assessment").input_value() == ASSESSMENT
    fill(page)
    # Told as it is typed, before anything is kept.
    page.get_by_text("Complete, and valid against the schema").wait_for()
    page.get_by_role("button", name="Keep draft").click()
    page.get_by_text("The draft is kept; what it said").wait_for()
    analyst.assert_accessible()
    page.locator("[data-key=u]").click()
    page.get_by_role("button", name="Submit it").click()
    page.get_by_text("The report waits for a second person").wait_for()
    path = re.sub(r"^.*/t/[^/]+/", "", page.url)

    desk = officer.go(path)
    desk.get_by_role("button", name="Send back").click()
    desk.get_by_label("What is to be changed").fill("Say what the branch knows")
    desk.get_by_role("button", name="Send it back").click()
    desk.get_by_text("The report is sent back").wait_for()
    page = analyst.go(path)
    assert page.get_by_text("Say what the branch knows").is_visible()
    page.get_by_label("Action taken").fill("The branch was asked")
    page.get_by_role("button", name="Keep draft").click()
    page.get_by_text("The draft is kept; what it said").wait_for()
    page.locator("[data-key=u]").click()
    page.get_by_role("button", name="Submit it").click()
    page.get_by_text("waits for a second person").first.wait_for()

    desk = officer.go(path)
    officer.assert_accessible()
    desk.locator("[data-key=a]").click()
    desk.get_by_role("button", name="Approve it").click()
    desk.get_by_text("The report is approved").wait_for()
    with desk.expect_download() as handed_out:
        desk.get_by_role("link", name="goAML XML").click()
    assert_filed_form(handed_out.value, ASSESSMENT, "The branch was asked", "Siti", "3173052307840001")
    desk.get_by_role("button", name="Record filing").click()
    desk.get_by_label("Filing reference").fill("LTKM-2026-9")
    desk.get_by_role("button", name="Record it").click()
    desk.get_by_text("The filing is recorded").wait_for()
    assert desk.get_by_text("LTKM-2026-9").is_visible()


def find(visitor, view: str, customer: str) -> None:
    """From the list of reports to the one about a customer, by keys."""
    page = visitor.go(f"reports?view={view}")
    visitor.press("/")
    page.keyboard.type(customer)
    visitor.press("Enter")
    page.wait_for_url(f"**customer={customer}*")
    visitor.press("j", "Enter")
    page.wait_for_url("**/reports/rep_*")


def test_by_keys_alone_drafted_written_sent_back_corrected_approved_exported_and_filed(filer, visit):
    alert = filer.alert("by-keys")
    analyst, officer = visit(filer.bank, "analyst", "id"), visit(filer.bank, "officer", "id")
    page = analyst.go(f"alerts/{alert}")
    analyst.press("e")
    page.keyboard.type("Three deposits just under the threshold")
    analyst.press("Tab", "Enter")
    page.get_by_text("Escalated into case").wait_for()
    analyst.press("c")
    page.wait_for_url("**/cases/cas_*")
    analyst.press("d")
    page.get_by_text("is drafted from what is on file").wait_for()
    expect(page.get_by_text("2 things missing", exact=True)).to_be_visible()

    # A key leads to each thing that is missing, Escape out of it.
    analyst.press("m")
    page.wait_for_selector("#assessment:focus")
    page.keyboard.type(ASSESSMENT)
    page.wait_for_selector("#check a[data-key=m][href='#parties-customer-kind']")
    analyst.press("Escape", "m")
    page.wait_for_selector("#parties-customer-kind:focus")
    page.keyboard.type("Person")
    analyst.tab_to("#parties-customer-birth_date")
    # A day that is typed alike wherever the month comes first and wherever the day does.
    page.keyboard.type("11111984")
    expect(page.locator("#parties-customer-birth_date")).to_have_value("1984-11-11")
    for name in ("national_id", "nationality", "residence"):
        analyst.tab_to(f"#parties-customer-{name}")
        page.keyboard.type(CUSTOMER[name])
    page.get_by_text("Complete, and valid against the schema").wait_for()
    analyst.tab_to("#narrative", back=True)
    analyst.press("Control+End")
    page.keyboard.type(" All of it within one morning.")
    analyst.press("Escape", "s")
    page.get_by_text("The draft is kept; what it said").wait_for()
    analyst.press("u")
    page.get_by_role("heading", name="Submit for review").wait_for()
    analyst.press("Enter")
    page.get_by_text("The report waits for a second person").wait_for()

    find(officer, "review", "by-keys")
    desk = officer.page
    officer.press("b")
    desk.get_by_role("heading", name="Send the report back").wait_for()
    desk.keyboard.type("Say what the branch knows")
    officer.press("Tab", "Enter")
    desk.get_by_text("The report is sent back").wait_for()

    find(analyst, "open", "by-keys")
    expect(page.get_by_text("Say what the branch knows")).to_be_visible()
    analyst.tab_to("#action")
    page.keyboard.type("The branch was asked")
    analyst.press("Escape", "s")
    page.get_by_text("The draft is kept; what it said").wait_for()
    analyst.press("u")
    page.get_by_role("heading", name="Submit for review").wait_for()
    analyst.press("Enter")
    page.get_by_text("The report waits for a second person").wait_for()

    find(officer, "review", "by-keys")
    officer.assert_accessible()
    officer.press("a")
    desk.get_by_role("heading", name="Approve the report").wait_for()
    officer.press("Enter")
    desk.get_by_text("The report is approved").wait_for()
    with desk.expect_download() as xml:
        officer.press("x")
    assert_filed_form(
        xml.value, ASSESSMENT, "All of it within one morning.", "The branch was asked", "1984-11-11"
    )
    with desk.expect_download() as paper:
        officer.press("p")
    assert content_of(paper.value).startswith(b"%PDF")
    with desk.expect_download() as document:
        officer.press("d")
    assert json.loads(content_of(document.value))["status"] == "APPROVED"
    officer.press("f")
    desk.get_by_role("heading", name="Record the filing").wait_for()
    desk.keyboard.type("LTKM-2026-10")
    officer.press("Enter")
    desk.get_by_text("The filing is recorded").wait_for()
    officer.press("w")
    desk.get_by_role("heading", name="Record the acknowledgement").wait_for()
    desk.keyboard.type("ACK-10")
    officer.press("Enter")
    desk.get_by_text("The acknowledgement is recorded").wait_for()


def test_who_reports_is_set_by_an_officer(filer, visit):
    officer = visit(filer.bank, "officer", "id")
    page = officer.go("reports/entity")
    page.get_by_label("Branch").fill("Bandung")
    officer.assert_accessible()
    page.get_by_role("button", name="Keep").click()
    page.get_by_text("Who reports is kept").wait_for()
    assert page.get_by_label("Branch").input_value() == "Bandung"
