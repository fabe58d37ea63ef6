"""What each format becomes: native bodies, exact amounts, stable external ids, no label among the fields."""

import gzip
from datetime import UTC, datetime
from pathlib import Path

import pytest

from screening.replay.item import BadRow, FileRefusedError, ReadOptions, ReplayItem
from screening.replay.readers import FORMATS, find_reader


def read(path: Path, **options: object) -> list[ReplayItem]:
    rows = find_reader(path).read(path, ReadOptions(**options))
    return [row for row in rows if isinstance(row, ReplayItem)]


def bad_rows(path: Path) -> list[BadRow]:
    return [row for row in find_reader(path).read(path, ReadOptions()) if isinstance(row, BadRow)]


def test_a_payment_of_the_simulated_bank_becomes_a_native_body(gentex: Path) -> None:
    assert read(gentex)[1] == ReplayItem(
        payload={
            "externalId": "T2",
            "occurredAt": "2025-01-01T00:00:06Z",
            "direction": "debit",
            "amount": "1200.50",
            "currency": "NGN",
            "type": "transfer",
            "channel": "transfer",
            "customerId": "A1",
            "customerSince": "2021-06-16",
            "kycStatus": "VERIFIED",
            "kycTier": "TIER_1",
            "customerName": "Ada Lovelace, Countess",
            "counterpartyAccount": "A2",
            "country": "GH",
            "isCrossBorder": True,
            "counterpartyName": "Grace Hopper",
        },
        customer="A1",
        occurred_at=datetime(2025, 1, 1, 0, 0, 6, tzinfo=UTC),
        label=True,
        row=3,
    )


def test_what_is_no_account_is_no_counterparty(gentex: Path) -> None:
    assert not {"counterpartyAccount", "counterpartyName", "country"} & set(read(gentex)[0].payload)


def test_income_is_a_credit_of_its_receiver(gentex: Path) -> None:
    income = read(gentex)[3]
    assert (income.customer, income.payload["direction"]) == ("A2", "credit")


def test_cash_of_the_simulated_bank_is_a_cash_withdrawal(gentex: Path) -> None:
    cash = read(gentex)[2].payload
    assert (cash["type"], cash["channel"]) == ("cash_withdrawal", "cash")


def test_account_to_account_leaves_out_shops_and_employers(gentex: Path) -> None:
    assert [item.payload["externalId"] for item in read(gentex, account_to_account=True)] == [
        "T2",
        "T5",
        "T6",
    ]


def test_names_stay_at_home_when_asked(gentex: Path) -> None:
    assert not any(
        {"customerName", "counterpartyName"} & set(item.payload) for item in read(gentex, names=False)
    )


def test_the_simulated_bank_without_its_accounts_is_refused(gentex: Path) -> None:
    (gentex.parent / "gentex_accounts.csv.gz").unlink()
    with pytest.raises(FileRefusedError, match=r"gentex_accounts\.csv"):
        read(gentex)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("T9,2025-01-01T00:00:05Z,A1,A2,1.00,transfer,0", "not 8 columns"),
        ("T9,2025-01-01T00:00:05,A1,A2,1.00,transfer,0,", "the time has no offset"),
        ("T9,soon,A1,A2,1.00,transfer,0,", "the time is not ISO 8601"),
        ("T9,2025-01-01T00:00:05Z,A1,A2,NaN,transfer,0,", "the amount is not a number"),
        ("T9,2025-01-01T00:00:05Z,A1,A2,much,transfer,0,", "the amount is not a number"),
        (
            "T9,2025-01-01T00:00:05Z,INCOME,SPENDING,1.00,transfer,0,",
            "neither party is an account of the file",
        ),
        ("T9,2025-01-01T00:00:05Z,A1,A2,1.00,transfer,yes,", "the label is neither 0 nor 1"),
    ],
)
def test_a_row_that_is_no_payment_is_named_by_its_line_and_reason(
    gentex: Path, row: str, reason: str
) -> None:
    lines = gzip.decompress(gentex.read_bytes()).decode().splitlines()
    gentex.write_bytes(gzip.compress("\n".join([lines[0], row, *lines[1:]]).encode()))
    assert bad_rows(gentex) == [BadRow(2, reason)]
    assert len(read(gentex)) == 6


def test_transactions_of_the_czech_bank_become_native_bodies(berka: Path) -> None:
    assert read(berka)[1].payload == {
        "externalId": "berka-2",
        "occurredAt": "1993-01-01T06:00:00+00:00",
        "customerId": "576",
        "direction": "debit",
        "amount": "300.00",
        "currency": "NGN",
        "type": "transfer",
        "channel": "transfer",
        "customerSince": "1993-01-01",
        "counterpartyAccount": "YZ/62457513",
        "narration": "household",
    }


def test_the_czech_codes_are_translated(berka: Path) -> None:
    fields = [(p["direction"], p["type"], p["channel"]) for p in (item.payload for item in read(berka))]
    assert fields == [
        ("credit", "cash_deposit", "cash"),
        ("debit", "transfer", "transfer"),
        ("debit", "cash_withdrawal", "cash"),
        ("credit", "transfer", "transfer"),
        ("debit", "cash_withdrawal", "card"),
    ]


def test_the_transactions_of_a_day_are_spread_over_it_the_same_way_each_time(berka: Path) -> None:
    hours = [item.occurred_at.hour for item in read(berka)]
    assert hours == [0, 6, 12, 18, 0]
    assert read(berka) == read(berka)


def test_an_account_zero_is_no_counterparty(berka: Path) -> None:
    assert "counterpartyAccount" not in read(berka)[2].payload


def test_a_line_cut_off_in_the_middle_is_counted_and_not_sent(berka: Path) -> None:
    assert bad_rows(berka) == [BadRow(7, "not 10 columns")]


def test_laundering_attempts_become_native_bodies_and_are_all_labelled(amlworld: Path) -> None:
    items = read(amlworld)
    assert items[0].payload == {
        "externalId": "amlworld-1-1",
        "occurredAt": "2022-09-01T05:14:00+00:00",
        "customerId": "00952-8139F54E0",
        "direction": "debit",
        "amount": "5331.44",
        "currency": "EUR",
        "channel": "transfer",
        "counterpartyAccount": "0111632-8062C56E0",
        "type": "transfer",
    }
    assert all(item.label for item in items)
    assert [item.payload["externalId"] for item in items] == ["amlworld-1-1", "amlworld-1-2", "amlworld-2-2"]


def test_a_currency_without_iso_code_is_not_sent_unless_it_is_replaced(amlworld: Path) -> None:
    assert bad_rows(amlworld) == [BadRow(7, "its currency has no ISO 4217 code; --currency would replace it")]
    assert {item.payload["currency"] for item in read(amlworld, currency="USD")} == {"USD"}
    assert len(read(amlworld, currency="USD")) == 4


def native(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "native.jsonl"
    path.write_text("\n".join(lines))
    return path


def test_the_label_is_taken_off_a_native_line(tmp_path: Path) -> None:
    (item,) = read(native(tmp_path, '{"customerId": "c", "externalId": "x", "label": true}'))
    assert item.label is True
    assert item.payload == {"customerId": "c", "externalId": "x"}


def test_a_native_line_without_external_id_gets_the_same_one_each_time(tmp_path: Path) -> None:
    path = native(tmp_path, '{"customerId": "c"}', '{"customerId": "c"}')
    first, second = (item.payload["externalId"] for item in read(path))
    assert first != second
    assert [item.payload["externalId"] for item in read(path)] == [first, second]


def test_whole_numbers_of_any_length_stay_exact(tmp_path: Path) -> None:
    (item,) = read(native(tmp_path, '{"customerId": "c", "amount": 123456789012345678901234567890}'))
    assert item.payload["amount"] == 123456789012345678901234567890


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"customerId": ', "not JSON"),
        ("[1]", "not a JSON object"),
        ('{"label": "very"}', "the label is neither true nor false"),
        ('{"narration": "' + "x" * 1024 * 1024 + '"}', "longer than one MiB"),
        ('{"a":' * 100_000, "not JSON"),
    ],
)
def test_a_native_line_that_is_no_payment_is_counted(tmp_path: Path, line: str, reason: str) -> None:
    path = native(tmp_path, '{"customerId": "c"}', line, '{"customerId": "d"}')
    assert bad_rows(path) == [BadRow(2, reason)]
    assert [item.customer for item in read(path)] == ["c", "d"]


def test_each_format_is_recognised_by_its_first_line(
    gentex: Path, berka: Path, amlworld: Path, tmp_path: Path
) -> None:
    files = [gentex, berka, amlworld, native(tmp_path, '{"customerId": "c"}')]
    assert [find_reader(path).CODE for path in files] == list(FORMATS)


def test_a_file_of_no_known_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileRefusedError, match="no format recognises"):
        find_reader(native(tmp_path, "<html>"))


def test_no_format_sends_a_label(gentex: Path, amlworld: Path) -> None:
    for item in [*read(gentex), *read(amlworld)]:
        assert not {"is_sar", "label", "pattern_id", "Is Laundering"} & set(item.payload)
