"""Every row of the table in docs/sandbox.md, in every pack and dialect, again and again."""

import re
from pathlib import Path
from typing import Any

import pytest

from tests.dialects.schemas import give_schema
from tests.sandbox.bank import DIALECTS, Speaker, with_sandboxes

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "sandbox.md").read_text()
ROW = re.compile(r"^\| `(sandbox-\w+)` \| (.+?) \| (.+?) \| (\w+) \|$", re.MULTILINE)
ROWS = ROW.findall(PAGE)
FIELDS = [
    {"key": "amount", "type": "Float", "mapsTo": "amount"},
    {"key": "name", "type": "String", "mapsTo": "counterpartyName"},
    {"key": "direction", "type": "String", "mapsTo": "direction"},
]
PACKS = ("ng", "id", "us")


@pytest.fixture(scope="module")
def speakers() -> dict[str, Speaker]:
    bank = with_sandboxes(*PACKS)
    for pack in PACKS:
        assert give_schema(bank, pack, FIELDS).status == 200
    return {pack: Speaker(bank, pack) for pack in PACKS}


def payment_of(customer_id: str, name: str, amount: str) -> dict[str, Any]:
    said: dict[str, Any] = {"customer_id": customer_id}
    if name.startswith("`"):
        said["name"] = name.strip("`")
    if amount.startswith("`"):
        said["amount"] = int(amount.strip("`"))
    return said


def in_words_of(dialect: str, decision: str) -> str:
    """What can be told from an answer of the dialect."""
    if dialect == "entity" and decision in {"escalate", "block"}:
        return "declined"
    if dialect == "native" and decision == "block":
        return "block"
    return "flagged" if dialect == "stream" and decision != "pass" else decision


def test_the_table_has_every_decision_by_customer_name_and_amount() -> None:
    assert len(ROWS) == 12
    assert {row[3] for row in ROWS} == {"pass", "review", "escalate", "block"}


@pytest.mark.parametrize("pack", PACKS)
@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("row", ROWS, ids=["-".join(row) for row in ROWS])
def test_a_row_of_the_table_holds_in_every_pack_and_dialect(
    speakers: dict[str, Speaker], row: tuple[str, str, str, str], dialect: str, pack: str
) -> None:
    payment = payment_of(*row[:3])
    assert speakers[pack].decision(dialect, **payment) == in_words_of(dialect, row[3])


@pytest.mark.parametrize("pack", PACKS)
@pytest.mark.parametrize("row", ROWS[:4], ids=[row[0] for row in ROWS[:4]])
def test_hundreds_of_payments_do_not_change_it(
    speakers: dict[str, Speaker], row: tuple[str, str, str, str], pack: str
) -> None:
    caller = speakers[pack].caller
    for turn in range(3):
        batch = [
            {
                "customerId": row[0],
                "direction": ("debit", "credit")[number % 2],
                "amount": 10 ** (number % 10),
                "channel": "cash",
                "counterpartyAccount": f"{turn}-{number}",
            }
            for number in range(100)
        ]
        answer = caller.post("/api/transactions/evaluate/batch", {"batch": batch})
        decided = [one["data"] for one in answer.data]
        assert {"block" if one.get("blocked") else one["decision"] for one in decided} == {row[3]}


@pytest.mark.parametrize("pack", PACKS)
def test_the_rules_of_the_pack_decide_for_everybody_else(speakers: dict[str, Speaker], pack: str) -> None:
    answer = speakers[pack].caller.evaluate(
        customerId="somebody", amount=900_000_000, country="KP", isCrossBorder=True, kycTier="basic"
    )
    assert answer.data["decision"] != "pass"
    assert [hit["ruleCode"] for hit in answer.data["hits"] if hit["ruleCode"].startswith("SANDBOX")] == []


def test_a_name_on_a_list_is_found_in_the_sandbox_too(speakers: dict[str, Speaker]) -> None:
    answer = speakers["us"].caller.evaluate(customerId="somebody", counterpartyName="Joaquin Guzman Loera")
    assert answer.data["blocked"] is True


def test_a_team_that_is_no_sandbox_has_no_scenarios(speakers: dict[str, Speaker]) -> None:
    from tests.cast import make_bank

    live = make_bank("Live Bank", "us").callers["us"]
    answer = live.evaluate(customerId="sandbox-block", counterpartyName="Sandbox Block Person", amount=7_104)
    assert answer.data["decision"] == "pass"
