"""What is remembered of a customer is what the newest payment said, in whatever order payments arrive."""

from datetime import datetime
from typing import Any

import pytest

from screening.models import Customer
from tests.cast import Bank, make_bank
from tests.evaluate.answers import NOON, at


@pytest.fixture
def bank() -> Bank:
    return make_bank("Acme Bank", "us")


def say(bank: Bank, *, days: float, **fields: Any) -> Customer:
    answer = bank.callers["us"].evaluate(occurredAt=at(NOON, days=days), **fields)
    assert answer.status == 200, answer.body
    with bank.seeing("us"):
        return Customer.objects.get(reference="customer-1")


def moment(*, days: float) -> datetime:
    return datetime.fromisoformat(at(NOON, days=days))


def test_an_old_payment_does_not_overwrite_a_newer_profile(bank: Bank) -> None:
    say(bank, days=10, kycStatus="verified")
    customer = say(bank, days=20, kycStatus="pending")
    assert (customer.kyc_status, customer.profile_at) == ("verified", moment(days=10))
    assert customer.first_at == moment(days=20)


def test_an_old_payment_fills_in_what_is_unknown(bank: Bank) -> None:
    say(bank, days=10, kycStatus="verified")
    customer = say(bank, days=20, kycStatus="pending", kycTier="standard")
    assert (customer.kyc_status, customer.kyc_tier) == ("verified", "standard")
    assert customer.profile_at == moment(days=10)


def test_a_newer_payment_overwrites(bank: Bank) -> None:
    say(bank, days=10, kycStatus="pending")
    customer = say(bank, days=10, kycStatus="verified")
    assert customer.kyc_status == "verified"
    assert say(bank, days=9, kycStatus="rejected").kyc_status == "rejected"


def test_a_profile_that_was_confirmed_since_is_not_overwritten(bank: Bank) -> None:
    say(bank, days=30, kycStatus="verified")
    say(bank, days=10, kycStatus="verified")
    assert say(bank, days=20, kycStatus="pending").kyc_status == "verified"


def test_a_payment_that_says_nothing_of_the_customer_leaves_the_profile_as_old_as_it_is(bank: Bank) -> None:
    assert say(bank, days=30).profile_at is None
    assert say(bank, days=20, kycStatus="pending").profile_at == moment(days=20)
    assert say(bank, days=10).profile_at == moment(days=20)
    assert say(bank, days=15, kycStatus="verified").kyc_status == "verified"
