"""Amounts that come as JSON numbers with a fraction: exact, without what arithmetic left behind, or refused with advice
that can be followed there."""

from collections.abc import Callable
from decimal import Decimal
from math import inf, nextafter, ulp
from typing import Any

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as some

from ratel.problem import Refusal
from screening.dialects import stream
from screening.payload_schema import schema_of
from screening.request import EvaluateRequest
from tests.dialects.mistakes import BANK, ENTITY, FRAML_OWN_KEYS, NATIVE, NOW, STREAM, TEAM, Dialect
from tests.dialects.schemas import give_schema, payload

PLACES: dict[Dialect, str] = {
    BANK: "amount",
    ENTITY: "amount",
    STREAM: "data.k_amount",
    FRAML_OWN_KEYS: "payload.k_amount",
}
each_dialect = pytest.mark.parametrize("dialect", PLACES, ids=lambda one: one.name)


def amount_in(dialect: Dialect, value: Any) -> Decimal | None:
    parsed = dialect.parse(dialect.broken({"amount": (PLACES[dialect], value)}))
    request: EvaluateRequest = parsed[0] if isinstance(parsed, tuple) else parsed
    return request.transaction.amount


def refusal_of(parse: Callable[[], Any]) -> str:
    """All that the refusal says."""
    with pytest.raises(Refusal) as caught:
        parse()
    mismatches = getattr(caught.value, "mismatches", ())
    return " ".join([one.message for one in caught.value.errors] + [one.expected for one in mismatches])


@each_dialect
@pytest.mark.parametrize(
    ("written", "amount"),
    [
        ("1234.56", "1234.56"),
        ("0.00000001", "0.00000001"),
        ("1e-8", "0.00000001"),
        ("1234567890123.45", "1234567890123.45"),
        ("100000000000000.0", "100000000000000"),
        ("1e15", "1000000000000000"),
        ("1.5e17", "150000000000000000"),
        # What arithmetic left behind.
        ("1234.5600000000002", "1234.56"),
        ("0.30000000000000004", "0.3"),
        ("434.99999999999994", "435"),
        ("0.9999999999999999", "1"),
        ("3.3000000000000003", "3.3"),
        ("98765.43210000001", "98765.4321"),
    ],
)
def test_a_number_is_the_decimal_that_was_meant(dialect: Dialect, written: str, amount: str) -> None:
    assert amount_in(dialect, orjson.loads(written)) == Decimal(amount)


@each_dialect
@given(digits=some.integers(1, 10**15 - 1), places=some.integers(0, 8))
def test_fifteen_digits_survive_a_float(dialect: Dialect, digits: int, places: int) -> None:
    meant = Decimal(digits).scaleb(-places)
    assert amount_in(dialect, float(meant)) == meant


@each_dialect
@given(
    digits=some.integers(1, 3 * 10**7 * 10**7), places=some.just(7), towards=some.sampled_from([-inf, inf])
)
@example(digits=1, places=8, towards=-inf)
@example(digits=1, places=0, towards=-inf)
@example(digits=1, places=0, towards=inf)
@example(digits=2**25 - 1, places=0, towards=inf)
def test_the_floats_next_to_an_ordinary_amount_mean_it(
    dialect: Dialect, digits: int, places: int, towards: float
) -> None:
    meant = Decimal(digits).scaleb(-places)
    assert amount_in(dialect, nextafter(float(meant), towards)) == meant


@given(value=some.floats(1e-12, 1e18, exclude_max=True))
@example(307225115665117.94)
@example(13743895347.199999)
def test_no_amount_is_ever_moved_by_more_than_a_floats_own_error_or_a_visible_place(value: float) -> None:
    try:
        amount = amount_in(BANK, value)
    except Refusal:
        return
    assert amount is not None
    assert abs(amount - Decimal(repr(value))) <= min(Decimal(ulp(value)), Decimal("0.000000005"))
    assert len(amount.normalize().as_tuple().digits) <= 15


@each_dialect
@pytest.mark.parametrize(
    ("written", "advice"),
    [
        ("123456789012345.67", "15 digits"),
        ("12345678.12345678", "15 digits"),
        # Cents of a sum this large are not what arithmetic leaves behind.
        ("307225115665117.94", "15 digits"),
        ("13743895347.199999", "15 digits"),
        ("1234567.123456789", "at most 8 decimal places"),
        ("0.123456789", "at most 8 decimal places"),
        ("9.99999999999998", "at most 8 decimal places"),
        ("5.551115123125783e-17", "at most 8 decimal places"),
        ("1e18", "below 10^18"),
        ("1.7976931348623157e308", "below 10^18"),
    ],
)
def test_what_no_float_keeps_is_refused_with_the_reason(dialect: Dialect, written: str, advice: str) -> None:
    assert advice in refusal_of(lambda: amount_in(dialect, orjson.loads(written)))


@pytest.mark.parametrize("dialect", [BANK, ENTITY], ids=lambda one: one.name)
def test_the_advice_is_a_string_where_a_string_is_taken(dialect: Dialect) -> None:
    assert "send it as a string" in refusal_of(lambda: amount_in(dialect, 123456789012345.67))
    assert amount_in(dialect, "123456789012345.67") == Decimal("123456789012345.67")


def test_the_advice_is_a_key_of_type_string_where_the_type_is_float() -> None:
    advice = refusal_of(lambda: amount_in(STREAM, 123456789012345.67))
    assert "round it, or give the key the type String in the schema" in advice
    by_text = schema_of({"fields": [{"key": "sum", "type": "String", "mapsTo": "amount"}]}, 1, [])
    ids = {name: STREAM.valid["data"][name] for name in ("txn_id", "customer_id", "date_time")}
    body = {"data": {**ids, "sum": "123456789012345.67"}}
    assert stream.parse(body, by_text, TEAM, NOW).transaction.amount == Decimal("123456789012345.67")


def test_the_native_dialect_takes_no_fraction_as_a_number() -> None:
    body = {**NATIVE.valid, "amount": 250.5}
    assert "string with an exact decimal" in refusal_of(lambda: NATIVE.parse(body))
    assert NATIVE.parse({**body, "amount": "250.5"}).transaction.amount == Decimal("250.5")


def test_a_sum_made_by_a_program_is_stored_as_it_was_meant(bank, number):
    from screening.models import Transaction

    assert give_schema(bank, "us").status == 200
    answer = bank.callers["us"].post("/stream/v1", {"data": payload(number, amount=0.1 + 0.2)})
    assert answer.status == 200
    with bank.seeing("us"):
        assert Transaction.objects.get(external_id=f"txn-{number}").amount == Decimal("0.3")
