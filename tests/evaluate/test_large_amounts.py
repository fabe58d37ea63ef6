"""Amounts at the edge of what can be stored, converted and summed: decided like any other."""

from typing import Any

import pytest

from screening.models import ExchangeRate, Transaction
from teams.models import ConfigurationStamp
from tests.cast import Bank, changed, make_bank
from tests.evaluate.answers import NOON, QUIET, at, points

LARGEST = "999999999999999999.99999999"


@pytest.fixture
def bank() -> Bank:
    return make_bank("Acme Bank", "id")


def load_rates(bank: Bank, **per_euro: str) -> None:
    team = bank.teams["id"]
    with bank.seeing("id"):
        for currency, rate in per_euro.items():
            ExchangeRate.objects.create(
                organisation_id=bank.id, team_id=team.id, day=NOON.date(), currency=currency, per_euro=rate
            )
        stamp = ConfigurationStamp.objects.get(scope=team.id)
        stamp.value += 1
        stamp.save()
    changed()


def test_the_largest_amount_is_decided_again_and_again(bank: Bank) -> None:
    for _ in range(12):
        answer = bank.callers["id"].explain(
            **QUIET, amount=LARGEST, occurredAt=at(NOON), channel="cash", direction="credit"
        )
        assert answer.data["partial"] is False
        assert points(answer)["HIGH_AMT_IDR"] == 35


@pytest.mark.parametrize("currency", ["USD", "KWD", "EUR"])
def test_the_largest_amount_of_a_strong_currency_is_still_large_after_conversion(
    bank: Bank, currency: str
) -> None:
    """In rupiah it has more digits than any column: it must neither fail nor slip under a threshold."""
    load_rates(bank, IDR="19500.25", USD="1.0853", KWD="0.0001")
    for _ in range(3):
        answer = bank.callers["id"].explain(**QUIET, amount=LARGEST, currency=currency, occurredAt=at(NOON))
        assert answer.status == 200
        assert points(answer)["HIGH_AMT_IDR"] == 35
        assert answer.data["partial"] is False


def test_an_amount_is_converted_with_the_rate_of_its_day(bank: Bank) -> None:
    load_rates(bank, IDR="20000", USD="1.25")
    fields: dict[str, Any] = {**QUIET, "currency": "USD", "occurredAt": at(NOON)}
    assert points(bank.callers["id"].evaluate(**fields, amount=31_250)) == {"HIGH_AMT_IDR": 35}
    assert points(bank.callers["id"].evaluate(**fields, amount="31249.99")) == {}
    with bank.seeing("id"):
        assert sorted(Transaction.objects.values_list("base_amount", flat=True)) == [499_999_840, 500_000_000]
