"""Payments are read however a file was written, and what cannot be read is said with its line."""

import io
import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some
from ratel_client.payments import BadInput, payments_of

FIELDS = some.dictionaries(
    some.text(max_size=8), some.none() | some.booleans() | some.integers() | some.text(max_size=8), max_size=4
)
WRITTEN = {
    "a line each": lambda all: "\n".join(json.dumps(one) for one in all),
    "a line each, with a mark": lambda all: "\ufeff" + "\n".join(json.dumps(one) for one in all),
    "a line each, as Windows ends them": lambda all: "\r\n".join(json.dumps(one) for one in all) + "\r\n",
    "with empty lines": lambda all: "\n\n  \n" + "\n\n".join(json.dumps(one) for one in all),
    "prettily": lambda all: "\n".join(json.dumps(one, indent=2) for one in all),
    "as a list": json.dumps,
    "as a list, prettily": lambda all: "\ufeff\n" + json.dumps(all, indent=4) + "\n",
    "as a list, a line each": lambda all: "[\n" + ",\n".join(json.dumps(one) for one in all) + "\n]\n",
    "in its own letters": lambda all: "\n".join(json.dumps(one, ensure_ascii=False) for one in all),
}


def read(content: bytes) -> list:
    return [payment.document for payment in payments_of(io.BytesIO(content))]


def places(content: str) -> list[str]:
    return [payment.place for payment in payments_of(io.BytesIO(content.encode()))]


@pytest.mark.parametrize("written", WRITTEN)
@given(some.lists(FIELDS, max_size=4))
def test_the_same_payments_however_they_were_written(written, payments):
    text = WRITTEN[written](payments)
    assert read(text.encode("utf-8")) == payments


@given(
    some.binary(max_size=80) | some.text(alphabet='{}[]",:10.eE-+ \nNantrue\\u', max_size=80).map(str.encode)
)
def test_whatever_else_it_is_one_sentence_names_the_line(content):
    try:
        payments = read(content)
    except BadInput as problem:
        assert str(problem).startswith("line ")
        assert "\n" not in str(problem)
    else:
        assert all(isinstance(one, dict) for one in payments)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"a": 1}\n\nnot json\n{"a": 2}', "line 3: not JSON"),
        (b"not json", "line 1: not JSON"),
        (b'{"a": 1}\n[1]', "line 2, element 1: not a JSON object"),
        (b'{"a": 1}\n7', "line 2: not a JSON object"),
        (b'{"a": 1}\n{"a": "\xff"}', "line 2: not UTF-8"),
        (b'\xff\xfe{\x00"\x00', "line 1: not UTF-8"),
        (b'{\n "a": 1,\n}', "line 1: not JSON: .* at line 3"),
        (b'{"a": 1}\n{"a": NaN}', "line 2: a number"),
        (b'{"a": ' + b"1" * 5000 + b"}", "line 1: a number"),
        (b'{"a": 1e99999999999999999999}', "line 1: a number"),
        (b'{"a": 1}\n' + b"[" * 100_000, "line 2: nested"),
        (b'[{"a": 1},\n {"a": 2},\n 3]', "line 1, element 3: not"),
    ],
)
def test_what_cannot_be_read_is_said_with_its_line(content, said):
    with pytest.raises(BadInput, match=f"^{said}"):
        read(content)


def test_a_payment_knows_where_it_begins():
    assert places('\n{"a": 1}\n\n{"a": 2}') == ["line 2", "line 4"]
    assert places('\n{\n"a": 1\n}\n{\n"a": 2}') == ["line 2", "line 5"]
    assert places('\n[{"a": 1},\n{}]') == ["line 2, element 1", "line 2, element 2"]


def test_lines_are_read_as_they_come():
    """What stands in front of a line that is not there yet is given at once."""

    class Endless(io.RawIOBase):
        def __iter__(self):
            yield b'{"a": 1}\n'
            raise AssertionError("nobody asked for the second line yet")

    assert next(payments_of(Endless())).document == {"a": 1}


@given(some.decimals(allow_nan=False, allow_infinity=False, places=4))
def test_no_amount_changes_on_its_way(amount):
    (payment,) = read(f'{{"amount": {amount:f}}}'.encode())
    found = payment["amount"]
    assert Decimal(repr(found) if isinstance(found, float) else found) == amount
