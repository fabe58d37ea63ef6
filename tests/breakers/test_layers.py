"""A dependency that fails again and again is left out at once: no payment waits for it any more."""

from typing import Any

import pytest

from ratel.breakers import BEHAVIORAL_STORE, DECISION_ENGINE, FAILURES_IN_A_ROW, GUARDS, NAME_INDEX
from screening.layers import behavioral, decision_engine, sanctions
from tests.cast import Answer, Bank, make_bank

CLEAN = {"kycStatus": "verified", "customerSince": "2020-01-01"}


@pytest.fixture
def bank() -> Bank:
    return make_bank("Acme Bank", "us")


class Broken:
    """A dependency that counts who asks it, and fails."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, *arguments: Any) -> Any:
        self.asked += 1
        raise OSError("gone")


def failure_of(answer: Answer, name: str) -> str | None:
    assert answer.status == 200
    return next(layer for layer in answer.data["layers"] if layer["name"] == name).get("failure")


def evaluate(bank: Bank, number: int) -> Answer:
    """A payment to somebody of whom this process has not been asked for any other bank: names are remembered."""
    name = f"Somebody Unheard Of {number} {bank.id.hex}"
    return bank.callers["us"].explain(**CLEAN, customerId=f"c-{number}", counterpartyName=name)


@pytest.mark.parametrize(
    ("guard", "layer", "target"),
    [
        (NAME_INDEX, "sanctions", (sanctions, "run")),
        (DECISION_ENGINE, "decision_engine", (decision_engine, "run")),
        (BEHAVIORAL_STORE, "behavioral", (behavioral, "run")),
    ],
)
def test_after_ten_failures_the_layer_is_left_out_without_being_asked(
    bank: Bank, monkeypatch: pytest.MonkeyPatch, guard: str, layer: str, target: tuple[Any, str]
) -> None:
    broken = Broken()
    with monkeypatch.context() as patch:
        patch.setattr(*target, broken)
        for number in range(FAILURES_IN_A_ROW):
            assert failure_of(evaluate(bank, number), layer) == "OSError"
        assert GUARDS.named(guard).report().phase == "open"
        answer = evaluate(bank, 99)
        assert failure_of(answer, layer) == "breaker_open"
        assert answer.data["missingLayers"] == [layer]
        assert broken.asked == FAILURES_IN_A_ROW
    assert failure_of(evaluate(bank, 100), layer) == "breaker_open"
    GUARDS.named(guard).forget()
    assert failure_of(evaluate(bank, 101), layer) is None


def test_a_name_that_is_remembered_is_screened_even_while_the_index_is_left_alone(bank: Bank) -> None:
    assert evaluate(bank, 700).data["missingLayers"] == []
    for _ in range(FAILURES_IN_A_ROW):
        GUARDS.named(NAME_INDEX).failed()
    assert evaluate(bank, 700).data["missingLayers"] == []
    assert evaluate(bank, 701).data["missingLayers"] == ["sanctions"]


def test_having_no_list_at_all_is_no_failure_of_the_index(
    bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    from screening import configuration

    monkeypatch.setattr(configuration, "current_names", lambda organisation: None)
    for number in range(FAILURES_IN_A_ROW + 1):
        assert failure_of(evaluate(bank, number), "sanctions") == "NoList"
    assert GUARDS.named(NAME_INDEX).report().phase == "closed"
