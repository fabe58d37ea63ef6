"""Bad input: a 4xx that names the problem, never a 500, and nothing stored."""

import json
from typing import Any

import pytest

from tests.cast import Answer, Bank, make_bank, payment
from tests.evaluate.stored import NOTHING, stored

ADDRESS = "/api/transactions/evaluate"
BATCH = "/api/transactions/evaluate/batch"
STRING_FIELDS = (
    "customerId",
    "direction",
    "channel",
    "currency",
    "counterpartyName",
    "counterpartyNik",
    "counterpartyAccount",
    "city",
    "country",
    "externalId",
    "occurredAt",
    "customerName",
    "customerSince",
    "deviceId",
    "ipAddress",
    "kycStatus",
    "kycTier",
    "narration",
    "type",
)


@pytest.fixture(scope="module")
def bank() -> Bank:
    """Shared by the whole file, because none of its requests may leave anything behind."""
    return make_bank("Acme Bank", "us")


@pytest.fixture(autouse=True)
def nothing_is_stored(bank: Bank) -> Any:
    yield
    assert stored(bank, "us") == NOTHING


def paths(answer: Answer) -> list[str]:
    return [problem["path"] for problem in answer.error["errors"]]


def send(bank: Bank, raw: bytes, path: str = ADDRESS, **headers: str) -> Answer:
    if "content_type" not in headers:
        # The client leaves the header out where the body is empty.
        headers["Content-Type"] = "application/json"
    return bank.callers["us"].call("POST", path, raw=raw, **headers)


def raw(**fields: Any) -> bytes:
    return json.dumps(payment(**fields)).encode()


def with_text(name: str, value: str) -> bytes:
    """A valid payment whose field `name` is the JSON text `value` as it stands."""
    body = payment(amount=100)
    body.pop(name, None)
    return json.dumps(body).encode()[:-1] + f', "{name}": {value}}}'.encode()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"{",
        b"not json",
        b"{'customerId': 'x'}",
        b'{"customerId": "x",}',
        b'{"amount": NaN}',
        b'{"amount": Infinity}',
        b'{"amount": -Infinity}',
        b'{"amount": 01}',
        b'{"amount": 1} trailing',
        b'{"customerId": "\xff\xfe"}',
        b'{"customerId": "\xc3"}',
        b'{"customerId": "\\ud800"}',
        b'{"customerId": "\xed\xa0\x80"}',
        b'{"attributes": {"a": "\\udfff"}}',
        b"\xef\xbb\xbf{}",
        b"[" * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    ],
    ids=lambda body: repr(body[:30]),
)
@pytest.mark.parametrize("path", [ADDRESS, BATCH])
def test_what_is_not_json_is_refused_as_such(bank: Bank, body: bytes, path: str) -> None:
    answer = send(bank, body, path)
    assert answer.status == 400
    assert answer.error["code"] == "not_json"
    assert "not JSON" in answer.error["detail"]


@pytest.mark.parametrize("body", [b"[]", b"null", b"1", b'"text"', b"true", b"[{}]", b"[[[[]]]]"])
def test_json_that_is_no_object_is_refused(bank: Bank, body: bytes) -> None:
    answer = send(bank, body)
    assert answer.status == 400
    assert answer.error["errors"] == [{"path": "", "message": "must be a JSON object"}]
    assert send(bank, body, BATCH).status == 400


@pytest.mark.parametrize(
    "body",
    [
        b'{"customerId": "a", "direction": "debit", "channel": "x", "amount": 1, "amount": 900000000}',
        b'{"customerId": "a", "customerId" : "b", "direction": "debit", "channel": "x", "amount": 1}',
        b'{"customerId": "a", "custome\\u0072Id": "b", "direction": "debit", "channel": "x", "amount": 1}',
        b'{"customerId": "a\\":", "direction": "debit", "channel": "x", "amount": 1,\n"amount"\t:2}',
        b'{"customerId": "a", "direction": "debit", "channel": "x", "amount": 1, "attributes": {"a": 1, "a": 2}}',
        b'{"customerId": "a", "direction": "debit", "channel": "x", "attributes": {"a": [{"b": 1, "b": 2}]}}',
    ],
)
def test_a_key_that_is_given_twice_is_refused(bank: Bank, body: bytes) -> None:
    """Two readers of one body must not see two amounts."""
    answer = send(bank, body)
    assert answer.status == 400
    assert "twice" in answer.error["detail"]
    assert send(bank, b'{"batch": [' + body + b"]}", BATCH).status == 400


@pytest.mark.parametrize(
    "kind",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/xml",
        "",
    ],
)
def test_another_content_type_is_refused(bank: Bank, kind: str) -> None:
    answer = send(bank, raw(), content_type=kind)
    assert answer.status == 415
    assert answer.error["code"] == "unsupported_media_type"


def test_a_body_of_ten_megabytes_is_too_large(bank: Bank) -> None:
    answer = send(bank, raw(narration="x" * 10_000_000))
    assert answer.status == 413
    assert answer.error["code"] == "too_large"


def test_a_single_call_may_have_one_mebibyte_and_not_a_byte_more(bank: Bank) -> None:
    start = b'{"narration": "'
    filling = 1024 * 1024 - len(start) - 2
    assert send(bank, start + b"x" * filling + b'"}').status == 400
    assert send(bank, start + b"x" * (filling + 1) + b'"}').status == 413


def test_a_batch_of_seventeen_megabytes_is_too_large(bank: Bank) -> None:
    assert send(bank, b'{"batch": ["' + b"x" * 17 * 1024 * 1024 + b'"]}', BATCH).status == 413


def test_every_missing_field_is_named_at_once(bank: Bank) -> None:
    answer = send(bank, b"{}")
    assert answer.status == 400
    assert sorted(paths(answer)) == ["amount", "channel", "customerId", "direction"]


def test_fields_that_are_not_known_are_refused_by_name(bank: Bank) -> None:
    answer = send(bank, raw(surprise=1, customer_id="x"))
    assert answer.status == 400
    assert sorted(paths(answer)) == ["customer_id", "surprise"]


@pytest.mark.parametrize("name", STRING_FIELDS)
@pytest.mark.parametrize("value", ["1", "1.5", "true", "[]", "{}", '["a"]'])
def test_a_text_of_another_type_is_refused(bank: Bank, name: str, value: str) -> None:
    answer = send(bank, with_text(name, value))
    assert answer.status == 400
    assert paths(answer) == [name]


@pytest.mark.parametrize("name", STRING_FIELDS)
@pytest.mark.parametrize("value", ["\x00", "a\x00b", "1234\x0056"])
def test_a_null_character_is_refused_in_every_text(bank: Bank, name: str, value: str) -> None:
    answer = send(bank, raw(**{name: value}))
    assert answer.status == 400
    assert name in paths(answer)


@pytest.mark.parametrize(
    "value", ["a\x00", ["a\x00"], {"b": "a\x00"}, {"b\x00": 1}, {"b": [{"c": ["\x00"]}]}]
)
def test_a_null_character_is_refused_inside_of_attributes(bank: Bank, value: Any) -> None:
    answer = send(bank, raw(attributes={"a": value}))
    assert answer.status == 400
    assert paths(answer) == ["attributes.a"]


def test_a_null_character_is_refused_in_the_name_of_an_attribute(bank: Bank) -> None:
    assert send(bank, raw(attributes={"a\x00": 1})).status == 400


@pytest.mark.parametrize(
    ("amount", "why"),
    [
        (-1, "at least 0"),
        ("-1", "negative"),
        ("-0.01", "negative"),
        (10**18, "below 10^18"),
        ("1000000000000000000", "below 10^18"),
        (2**63, "below 10^18"),
        (2**64, ""),
        ("9" * 41, ""),
        ("1e3", "exact decimal"),
        ("1E400", "exact decimal"),
        ("NaN", "exact decimal"),
        ("Infinity", "exact decimal"),
        ("-Infinity", "exact decimal"),
        ("sNaN", "exact decimal"),
        ("", "exact decimal"),
        (" 1", "exact decimal"),
        ("1 ", "exact decimal"),
        ("1,000", "exact decimal"),
        ("1_000", "exact decimal"),
        ("0x10", "exact decimal"),
        ("+1", "exact decimal"),
        (".5", "exact decimal"),
        ("5.", "exact decimal"),
        ("1.2.3", "exact decimal"),
        ("--1", "exact decimal"),
        ("\u0661\u0662", "exact decimal"),
        ("0.123456789", "8 decimal places"),
        (1.5, "string with an exact decimal"),
        (9007199254740993.0, "string with an exact decimal"),
        (True, "string with an exact decimal"),
        ([], "string with an exact decimal"),
        ({}, "string with an exact decimal"),
    ],
    ids=repr,
)
@pytest.mark.parametrize("name", ["amount", "amountIdr"])
def test_an_amount_that_is_none_is_refused(bank: Bank, name: str, amount: Any, why: str) -> None:
    body = payment(amount=None) | {name: amount}
    answer = bank.callers["us"].post(ADDRESS, body)
    assert answer.status == 400
    assert paths(answer) == [name]
    assert why in answer.error["errors"][0]["message"]


@pytest.mark.parametrize(
    "number", [b"1e400", b"-1e400", b"1" * 400, b"1e18", b"123456789012345678901234567890", b"-0.0001"]
)
def test_a_number_that_is_too_large_or_not_exact_is_refused(bank: Bank, number: bytes) -> None:
    answer = send(
        bank, b'{"customerId": "a", "direction": "debit", "channel": "x", "amount": ' + number + b"}"
    )
    assert answer.status == 400


@pytest.mark.parametrize("number", [b"1e400", b"-1e400"])
def test_a_number_that_no_float_can_hold_is_refused_in_attributes_too(bank: Bank, number: bytes) -> None:
    body = (
        b'{"customerId": "a", "direction": "debit", "channel": "x", "amount": 1, "attributes": {"a": '
        + number
    )
    assert send(bank, body + b"}}").status == 400


def test_both_amounts_or_none_are_refused(bank: Bank) -> None:
    assert paths(send(bank, raw(amount=1, amountIdr=1))) == ["amount"]
    assert paths(send(bank, b'{"customerId":"a","direction":"debit","channel":"x"}')) == ["amount"]
    assert paths(send(bank, raw()[:-1] + b', "amountIdr": null, "amount2": null}')) == ["amount2"]


@pytest.mark.parametrize("currency", ["XXZ", "usdollar", "US", "", "12$", "US\n", "USD\n", "ÜSD"])
def test_a_currency_that_does_not_exist_is_refused(bank: Bank, currency: str) -> None:
    answer = send(bank, raw(currency=currency))
    assert answer.status == 400
    assert paths(answer) == ["currency"]


def test_an_amount_in_rupiah_is_in_rupiah(bank: Bank) -> None:
    assert paths(send(bank, raw(amount=None, amountIdr=1, currency="USD"))) == ["currency"]


@pytest.mark.parametrize(
    "moment",
    [
        "2999-01-01T00:00:00Z",
        "9999-12-31T23:59:59-12:00",
        "0001-01-01T00:00:00+14:00",
        "1899-12-31T23:59:59Z",
        "2026-01-01",
        "2026-01-01T00:00:00",
        "2026-13-01T00:00:00Z",
        "2026-02-30T00:00:00Z",
        "2026-01-01T25:00:00Z",
        "yesterday",
        "",
        "1767225600",
        "2026-01-01T00:00:00+99:00",
        "2026-01-01T00:00:00Z" + "0" * 40,
    ],
)
def test_a_moment_that_cannot_be_is_refused(bank: Bank, moment: str) -> None:
    answer = send(bank, raw(occurredAt=moment))
    assert answer.status == 400
    assert paths(answer) == ["occurredAt"]


@pytest.mark.parametrize(
    "day", ["2999-01-01", "9999-12-31", "2026-02-30", "soon", "", "20", "2026-01-01" * 5]
)
def test_a_day_that_cannot_be_is_refused(bank: Bank, day: str) -> None:
    answer = send(bank, raw(customerSince=day))
    assert answer.status == 400
    assert paths(answer) == ["customerSince"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("direction", "in"),
        ("direction", "DEBIT"),
        ("direction", "credit\n"),
        ("direction", "debit\n"),
        ("counterpartyNik", "123"),
        ("counterpartyNik", "123456789012345a"),
        ("counterpartyNik", "1234567890123456\n"),
        ("counterpartyNik", "\u0661" * 16),
        ("country", "ZZ"),
        ("country", "IDN"),
        ("country", "I1"),
        ("country", "ID\n"),
        ("kycStatus", "maybe"),
        ("kycTier", "gold"),
        ("ipAddress", "300.1.1.1"),
        ("ipAddress", "localhost"),
        ("isCrossBorder", "yes"),
        ("isCrossBorder", 1),
        ("persist", "false"),
        ("persist", 0),
        ("attributes", []),
        ("attributes", "x"),
        ("channel", ""),
        ("channel", "x" * 65),
        ("channel", "\u0130" * 64),
        ("type", ""),
        ("type", "x" * 65),
        ("type", "\u0130" * 64),
        ("customerId", ""),
        ("customerId", "x" * 129),
        ("externalId", ""),
        ("externalId", "x" * 129),
        ("counterpartyName", "x" * 501),
        ("customerName", "x" * 501),
        ("counterpartyAccount", "x" * 65),
        ("city", "x" * 201),
        ("deviceId", "x" * 257),
        ("ipAddress", "1" * 46),
        ("narration", "x" * 2001),
    ],
    ids=lambda value: repr(value)[:24],
)
def test_a_value_outside_of_its_limits_is_refused_with_its_path(bank: Bank, name: str, value: Any) -> None:
    answer = send(bank, raw(**{name: value}))
    assert answer.status == 400
    assert paths(answer) == [name]


def test_attributes_have_limits(bank: Bank) -> None:
    deep: Any = 1
    for _ in range(9):
        deep = [deep]
    assert paths(send(bank, raw(attributes={"a": deep}))) == ["attributes.a"]
    assert paths(send(bank, raw(attributes={f"key{n}": n for n in range(201)}))) == ["attributes"]
    assert send(bank, raw(attributes={"x" * 65: 1})).status == 400
    for depth in (100, 250, 500, 900, 1000, 1020, 1021, 1022, 1023, 1024, 2000):
        nested = b'{"a":' + b"[" * depth + b"]" * depth + b"}"
        assert send(bank, raw()[:-1] + b', "attributes": ' + nested + b"}").status == 400


def test_several_problems_are_all_named(bank: Bank) -> None:
    answer = send(bank, raw(currency="XXZ", country="ZZ", kycTier="gold", occurredAt="soon", ipAddress="x"))
    assert sorted(paths(answer)) == ["country", "currency", "ipAddress", "kycTier", "occurredAt"]


def test_what_was_sent_is_never_quoted(bank: Bank) -> None:
    """A message lands in logs and tickets; names and accounts do not belong there."""
    secret = "Siti Rahmawati 3174012345678901"
    answer = send(
        bank, raw(counterpartyNik=secret, kycStatus=secret[:16], currency=secret, occurredAt=secret)
    )
    assert answer.status == 400
    assert "Siti" not in json.dumps(answer.body)


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({}, "batch"),
        ({"batch": {}}, "batch"),
        ({"batch": None}, "batch"),
        ({"batch": []}, "batch"),
        ({"batch": [{}] * 1001}, "batch"),
        ({"batch": [{}], "more": 1}, "more"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_a_batch_without_a_list_of_one_to_a_thousand_is_refused(bank: Bank, body: Any, where: str) -> None:
    answer = bank.callers["us"].post(BATCH, body)
    assert answer.status == 400
    assert where in paths(answer)


def test_an_unknown_inclusion_is_refused(bank: Bank) -> None:
    answer = bank.callers["us"].post(f"{ADDRESS}?include=everything", payment())
    assert answer.status == 400
    assert paths(answer) == ["include"]


def test_an_inclusion_is_checked_for_batches_too(bank: Bank) -> None:
    assert bank.callers["us"].post(f"{BATCH}?include=everything", {"batch": [payment()]}).status == 400


def test_a_query_of_thousands_of_parameters_is_refused(bank: Bank) -> None:
    query = "&".join(f"a{n}=1" for n in range(3000))
    assert bank.callers["us"].post(f"{ADDRESS}?{query}", payment()).status == 400


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "HEAD", "TRACE"])
@pytest.mark.parametrize("path", [ADDRESS, BATCH])
def test_another_method_is_refused(bank: Bank, method: str, path: str) -> None:
    assert bank.callers["us"].call(method, path).status == 405
