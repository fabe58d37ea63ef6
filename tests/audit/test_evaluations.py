"""Stored evaluations are what the audit trail recorded: whoever alters or removes one is found out."""

from collections.abc import Callable
from typing import Any

import msgspec
import psycopg
import pytest
from django.core.management import CommandError, call_command

from ratel.identifiers import read
from ratel.sealing import seal, unseal
from screening import audit_check, evaluation
from screening.audit_check import check_organisation
from teams.audit import chain
from tests.cast import Bank, make_bank
from tests.evaluate.owner import act_for

Owner = psycopg.Connection
NUMBER = 5


@pytest.fixture
def bank() -> Bank:
    return make_bank("Acme Bank", "us", "ng")


@pytest.fixture
def decided(bank: Bank) -> list[str]:
    """The ids of the bank's evaluations, of both teams, in their order."""
    packs = ["us", "ng", "us", "ng", "us"]
    return [
        bank.callers[pack].explain(externalId=str(n)).data["evaluationId"] for n, pack in enumerate(packs)
    ]


def faults(bank: Bank) -> dict[str, str]:
    return {found.evaluation: found.reason for found in check_organisation(bank.id) if found.reason}


def alter(owner: Owner, shown: str, column: str, value: Any) -> None:
    changed = owner.execute(
        f"UPDATE screening_evaluation SET {column} = %s WHERE id = %s",  # noqa: S608 - our own names
        [value, read("evl", shown)],
    )
    assert changed.rowcount == 1


def detail_of(owner: Owner, shown: str) -> bytes:
    identifier = read("evl", shown)
    assert identifier is not None
    row = owner.execute(
        "SELECT sealed_detail FROM screening_evaluation WHERE id = %s", [identifier]
    ).fetchone()
    assert row is not None
    return unseal(row[0], identifier.bytes)


def test_evaluations_that_nobody_touched_are_sound(bank: Bank, decided: list[str]) -> None:
    found = list(check_organisation(bank.id))
    assert sorted(one.evaluation for one in found) == sorted(decided)
    assert {one.reason for one in found} == {""}


def test_every_entry_is_compared_once_however_they_are_cut(
    bank: Bank, decided: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for size in (1, 2, NUMBER):
        monkeypatch.setattr(audit_check, "BATCH", size)
        assert sorted(one.evaluation for one in check_organisation(bank.id)) == sorted(decided)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("decision", "block"),
        ("risk_score", "0.01"),
        ("alert_id", "00000000-0000-0000-0000-000000000001"),
    ],
)
def test_an_altered_column_is_named(
    bank: Bank, decided: list[str], owner_connection: Owner, column: str, value: str
) -> None:
    alter(act_for(owner_connection, bank), decided[2], column, value)
    assert faults(bank) == {decided[2]: f"{column} altered"}


def garble(owner: Owner, shown: str) -> bytes:
    return b"\x00" * 40


def take_anothers(owner: Owner, shown: str) -> bytes:
    row = owner.execute(
        "SELECT sealed_detail FROM screening_evaluation WHERE id <> %s LIMIT 1", [read("evl", shown)]
    ).fetchone()
    assert row is not None
    return bytes(row[0])


def seal_another_decision(owner: Owner, shown: str) -> bytes:
    """By somebody who has the keys, and alters the column as well."""
    stored = evaluation.decode(detail_of(owner, shown))
    alter(owner, shown, "decision", "block")
    identifier = read("evl", shown)
    assert identifier is not None
    return seal(evaluation.encode(msgspec.structs.replace(stored, decision="block")), identifier.bytes)


@pytest.mark.parametrize(
    ("forge", "reason"),
    [
        (garble, "sealed_detail was altered, or its key is not configured"),
        (take_anothers, "sealed_detail was altered, or its key is not configured"),
        (seal_another_decision, "sealed_detail is not what was recorded"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_an_altered_detail_is_named(
    bank: Bank, decided: list[str], owner_connection: Owner, forge: Callable[[Owner, str], bytes], reason: str
) -> None:
    act_for(owner_connection, bank)
    alter(owner_connection, decided[3], "sealed_detail", forge(owner_connection, decided[3]))
    assert faults(bank) == {decided[3]: reason}


def test_a_missing_evaluation_is_named(bank: Bank, decided: list[str], owner_connection: Owner) -> None:
    act_for(owner_connection, bank).execute(
        "DELETE FROM screening_evaluation WHERE id = %s", [read("evl", decided[0])]
    )
    assert faults(bank) == {decided[0]: "the evaluation is missing"}


def test_the_command_names_what_was_altered_and_fails(
    bank: Bank, decided: list[str], owner_connection: Owner, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.setattr(chain, "organisations", lambda: [bank.id])
    call_command("verify_evaluations")
    assert f"{bank.id}: {NUMBER} evaluations compared" in capsys.readouterr().out
    alter(act_for(owner_connection, bank), decided[4], "decision", "block")
    with pytest.raises(CommandError) as failure:
        call_command("verify_evaluations")
    assert failure.value.returncode == 1
    assert f"{bank.id}: {decided[4]}: decision altered" in capsys.readouterr().out
