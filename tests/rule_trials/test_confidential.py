"""What a rule on earlier reports has found is nobody's who may not know of reports."""

import pytest

from tests.cast import Bank, changed, make_bank
from tests.desk.people import seat

BACK_TESTS = "/api/rules/{}/back-tests"


@pytest.fixture(scope="module")
def bank() -> Bank:
    return make_bank("Discreet Bank", "us", people=True)


@pytest.fixture(scope="module")
def told(bank: Bank) -> tuple[str, str]:
    """A rule that reads of earlier reports, and its back-test."""
    document = {
        "code": "AGAIN",
        "name": "Reported before",
        "scoreContribution": 5,
        "conditions": {"field": "priorSars", "operator": ">=", "value": 1},
    }
    caller = bank.callers["us"]
    rule_id = caller.post("/api/rules", document).data["id"]
    test = caller.post(BACK_TESTS.format(rule_id), {"days": 1})
    assert test.status == 202, test.body
    return rule_id, test.data["id"]


def test_at_the_desk(bank: Bank, told: tuple[str, str]) -> None:
    rule_id, test_id = told
    admin, officer = seat(bank, "admin", "us"), seat(bank, "officer", "us")
    assert admin.get("back-test", rule_id, test_id).status_code == 403
    assert officer.get("back-test", rule_id, test_id).status_code == 200
    page = admin.get("rule", rule_id).content.decode()
    assert "What this rule finds is not shown to your role." in page
    assert test_id not in page
    assert test_id in officer.get("rule", rule_id).content.decode()


def test_through_the_api(bank: Bank, told: tuple[str, str]) -> None:
    rule_id, test_id = told
    path = BACK_TESTS.format(rule_id)
    blind = bank.new_key("us", scopes=["read", "write"])
    changed()
    for caller in (blind, bank.session("admin", "us")):
        assert caller.get(path).status == 403
        assert caller.get(f"{path}/{test_id}").status == 403
    assert bank.callers["us"].get(path).status == 200
