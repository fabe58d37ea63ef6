"""An auditor in a browser verifies the chain and cannot change anything: once with the mouse, once with keys alone.

That no page at all shows them a button that changes anything is held by test_buttons.py, that every action refuses them
by test_roles.py.
"""

from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, Request, expect

from cases.models import Alert, Case
from tests.audit.test_chain import link_everything
from tests.cast import Bank, make_bank
from tests.desk import alert_stories as stories
from tests.desk.browser import Visitor
from tests.evaluate.lists import load_demo_list

# Forms that an auditor may send: they ask for an export.
EXPORTS = ("/bundle", "/bundles/make")
# What whoever works there would press.
WORK = {"alerts": "aedszmvy", "cases": "aswermulzidyb", "reports": "suafbw", "rules": "naste", "policy": "sd"}


@dataclass(frozen=True)
class Scene:
    bank: Bank
    alert: str
    case: str
    report: str

    @property
    def paths(self) -> dict[str, str]:
        """Each page of work by its section."""
        return {
            "alerts": f"alerts/{self.alert}",
            "cases": f"cases/{self.case}",
            "reports": f"reports/{self.report}",
            "rules": "rules",
            "policy": "policy",
        }

    def state(self) -> list[object]:
        with self.bank.seeing("ng"):
            alerts = Alert.objects.order_by("id").values_list("id", "status", "version", "assigned_to_id")
            return [
                *alerts,
                *Case.objects.order_by("id").values_list("id", "status", "version", "assigned_to_id"),
            ]


@pytest.fixture(scope="module")
def scene() -> Scene:
    load_demo_list()
    bank = make_bank("Audited Bank", "ng", people=True)
    alert = stories.structuring(bank)
    analyst = bank.session("analyst", "ng")
    case = analyst.get(f"/api/alerts/{alert}").data["caseId"]
    drafted = analyst.post("/api/reports", {"type": "SAR", "caseId": case})
    assert drafted.status == 201, drafted.body
    link_everything(bank)
    return Scene(bank, alert, case, str(drafted.data["id"]))


def sent_by(page: Page) -> list[str]:
    """Every request of the page from now on that could change anything."""
    sent: list[str] = []

    def note(request: Request) -> None:
        if request.method not in {"GET", "HEAD"}:
            sent.append(f"{request.method} {request.url}")

    page.on("request", note)
    return sent


def assert_shows_no_work(page: Page) -> None:
    for form in page.locator("main form[method=post]").all():
        assert str(form.get_attribute("action")).endswith(EXPORTS)


def assert_refused(auditor: Visitor, path: str) -> None:
    """The request that the missing button would send, with everything that a form of this page carries."""
    status = auditor.page.evaluate(
        """async (address) => {
            const form = new FormData();
            form.set("csrfmiddlewaretoken", document.querySelector("[name=csrfmiddlewaretoken]").value);
            form.set("reason", "Because");
            return (await fetch(address, { method: "POST", body: form })).status;
        }""",
        auditor.address(path),
    )
    assert status == 403


def test_with_the_mouse(visit, scene):
    auditor = visit(scene.bank, "auditor", "ng")
    page, before = auditor.go(""), scene.state()
    page.get_by_role("link", name="Audit log").click()
    auditor.assert_accessible()
    page.get_by_role("link", name="Verify the chain").click()
    page.get_by_role("link", name="Verify the whole chain").click()
    page.get_by_text("The chain is sound").wait_for()
    auditor.assert_accessible()
    assert_shows_no_work(page)
    for section in (
        "Alerts",
        "Cases",
        "Reports",
        "Rules",
        "Policy",
        "Watchlists",
        "Batches",
        "Webhooks",
        "Team",
    ):
        page.get_by_role("navigation", name="Main").get_by_role("link", name=section).click()
        page.wait_for_url(f"**/{section.lower()}*")
        assert_shows_no_work(page)
    for path in scene.paths.values():
        auditor.go(path)
        assert_shows_no_work(page)
    assert_refused(auditor, f"alerts/{scene.alert}/dismiss")
    assert_refused(auditor, f"cases/{scene.case}/resolve")
    assert_refused(auditor, f"reports/{scene.report}/approve")
    assert scene.state() == before


def test_with_keys_alone(visit, scene):
    auditor = visit(scene.bank, "auditor", "ng")
    page, before = auditor.go("audit"), scene.state()
    sent = sent_by(page)
    auditor.press("v")
    page.wait_for_url("**/audit/verify")
    auditor.press("v")
    page.get_by_text("The chain is sound").wait_for()
    with page.expect_download() as download:
        auditor.press("x")
    assert download.value.suggested_filename.startswith("ratel-audit-1-")
    auditor.press("u")
    page.wait_for_url("**/audit")
    for section, path in scene.paths.items():
        auditor.go(path)
        opened = page.url
        auditor.press(*WORK[section])
        expect(page.locator("dialog[open]")).to_have_count(0)
        # The keys that there are say what they do, and none of it is work.
        auditor.press("?")
        expect(page.get_by_role("dialog").get_by_text("these keys")).to_be_visible()
        auditor.press("Escape")
        assert page.url == opened
    assert sent == []
    assert scene.state() == before
