"""The KYC layer, row by row of the page."""

import pytest

from screening.context import Profile
from screening.layers import kyc
from screening.layers.result import Outcome
from screening.transaction import Customer
from tests.layers.desk import context, payment


@pytest.mark.parametrize(
    ("status", "score", "outcome"),
    [
        ("rejected", 90, Outcome.BLOCK),
        ("expired", 60, Outcome.ESCALATE),
        ("none", 50, Outcome.REVIEW),
        ("pending", 40, Outcome.REVIEW),
        ("in_progress", 40, Outcome.REVIEW),
        ("verified", 0, Outcome.PASS),
        (None, 50, Outcome.REVIEW),
    ],
)
def test_a_persons_status_has_the_score_of_the_page(status: str | None, score: int, outcome: Outcome) -> None:
    given = kyc.run(context(transaction=payment(customer=Customer(kyc_status=status))))
    stored = kyc.run(context(profile=Profile(kyc_status=status)))
    for result in (given, stored):
        assert (result.score, result.outcome) == (score, outcome)
        assert bool(result.reasons) is (score > 0)


@pytest.mark.parametrize(
    ("status", "score", "outcome"),
    [
        ("approved", 0, Outcome.PASS),
        ("owners_verified", 10, Outcome.PASS),
        ("directors_verified", 40, Outcome.REVIEW),
        ("company_found", 40, Outcome.REVIEW),
        ("pending", 40, Outcome.REVIEW),
        ("none", 60, Outcome.ESCALATE),
        ("rejected", 90, Outcome.BLOCK),
        (None, 60, Outcome.ESCALATE),
    ],
)
def test_a_business_has_its_own_scores(status: str | None, score: int, outcome: Outcome) -> None:
    customer = Customer(entity_type="business", kyb_status=status, kyc_status="verified")
    result = kyc.run(context(transaction=payment(customer=customer)))
    assert (result.score, result.outcome) == (score, outcome)


def test_what_the_payment_says_counts_more_than_what_is_stored() -> None:
    transaction = payment(customer=Customer(kyc_status="rejected"))
    assert kyc.run(context(transaction=transaction, profile=Profile(kyc_status="verified"))).score == 90
