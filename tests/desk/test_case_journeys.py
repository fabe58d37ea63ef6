"""Working cases in a real browser: once with the mouse, once by keyboard only; on paper; with assistive technology."""

import pytest

from tests.cast import Bank, make_bank
from tests.desk.case_bank import case_from_payment
from tests.desk.made_files import PDF
from tests.evaluate.lists import load_demo_list


@pytest.fixture(scope="module")
def bank() -> Bank:
    """Resolutions need four eyes; three cases around one receiver."""
    load_demo_list()
    bank = make_bank("Journey Bank", "ng", people=True)
    assert bank.callers["ng"].patch("/api/decision-policy", {"fourEyes": {"resolutions": True}}).status == 200
    return bank


@pytest.fixture(scope="module")
def cases(bank: Bank) -> list[str]:
    return [case_from_payment(bank, account=f"22012345{n}", amount=4_790_000 + n)[0] for n in range(3)]


def test_with_the_mouse_a_case_is_taken_worked_proposed_and_confirmed(bank, cases, visit, tmp_path):
    analyst = visit(bank, "analyst", "ng")
    page = analyst.go("cases")
    page.get_by_role("link", name="Unassigned").click()
    analyst.assert_accessible()
    page.locator("tbody tr a").first.click()
    page.wait_for_url("**/cases/cas_*")
    case_id = page.url.rpartition("/")[2]
    page.get_by_role("button", name="Take").click()
    page.get_by_text("The case is yours").wait_for()
    page.get_by_role("button", name="Note").click()
    page.get_by_label("What you found").fill("The branch confirms the payslip")
    page.get_by_role("button", name="Write it").click()
    page.get_by_role("article").get_by_text("The branch confirms the payslip").wait_for()
    file = tmp_path / "payslip.pdf"
    file.write_bytes(PDF)
    page.get_by_role("button", name="Attach").click()
    page.locator("#attach-file").set_input_files(file)
    page.get_by_role("button", name="Attach it").click()
    page.get_by_role("link", name="payslip.pdf").first.wait_for()
    page.get_by_role("button", name="Attach").click()
    too_large = tmp_path / "large.txt"
    too_large.write_bytes(b"a" * (11 * 1024 * 1024))
    page.locator("#attach-file").set_input_files(too_large)
    page.get_by_text("it is not sent").wait_for()
    page.locator("dialog[open]").get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Propose").click()
    page.get_by_label("It turned out to be").select_option("false_positive")
    page.get_by_label("Why: what the decision rests on").fill("Salary with payslip")
    analyst.assert_accessible()
    page.locator("dialog[open]").get_by_role("button", name="Propose").click()
    page.get_by_text("Proposed as false positive").first.wait_for()
    officer = visit(bank, "officer", "ng")
    officer.go(f"cases/{case_id}").get_by_role("button", name="Confirm").click()
    officer.page.get_by_text("Confirmed: resolved false positive").first.wait_for()
    officer.assert_accessible()


def test_by_keyboard_a_case_is_found_escalated_sent_back_and_proposed_again(bank, cases, visit):
    analyst = visit(bank, "analyst", "ng")
    page = analyst.go("cases?view=unassigned")
    analyst.press("j", "j", "Enter")
    page.wait_for_url("**/cases/cas_*")
    address = page.url.partition(f"{bank.teams['ng'].id}/")[2]
    analyst.press("e")
    page.keyboard.type("Two more pay the same receiver")
    analyst.press("Tab", "Enter")
    page.wait_for_selector("text=The case is escalated")
    analyst.press("r", "ArrowDown", "Tab")
    page.keyboard.type("Mules")
    analyst.press("Tab", "Enter")
    page.wait_for_selector("text=Proposed as true positive")
    officer = visit(bank, "officer", "ng")
    officer.go(address)
    officer.press("b")
    officer.page.keyboard.type("Show the accounts")
    officer.press("Tab", "Enter")
    officer.page.wait_for_selector("text=Sent back")
    officer.press("o")
    officer.page.wait_for_url("**/customers/cus_*")
    officer.page.wait_for_selector("text=of 100, from 90 days")
    officer.assert_accessible()
    for path in ("bundles", "customers"):
        officer.go(path)
        officer.assert_accessible()


def test_an_evidence_pack_is_complete_on_paper(bank, cases, visit):
    auditor = visit(bank, "auditor", "ng")
    page = auditor.go(f"cases/{cases[0]}/evidence")
    page.emulate_media(media="print")
    page.get_by_text(f"Evidence pack of case {cases[0]}").wait_for()
    assert page.get_by_text(f"by {bank.people['auditor'].name}").first.is_visible()
    assert page.get_by_role("table", name="Counterparties with the money of each direction").is_visible()
    assert not page.get_by_role("navigation").first.is_visible()
    auditor.go(f"cases/{cases[0]}")
    assert page.get_by_role("table", name="Counterparties with the money of each direction").is_visible()
    paper = page.pdf(format="A4")
    assert paper.startswith(b"%PDF")
    assert len(paper) > 20_000
