"""The server that replays are sent to, small files of every format, and a replay in one call."""

import gzip
import io
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from screening.replay.client import Destination
from screening.replay.item import ReadOptions
from screening.replay.readers import find_reader
from screening.replay.report import Report
from screening.replay.run import Plan, replay
from screening.replay.sender import Manner
from screening.replay.stream import Source
from tests.replay.server import KEY, Bank, running

GENTEX = """id,occurred_at,sender,receiver,amount,type,is_sar,pattern_id
T1,2025-01-01T00:00:05Z,A1,SPENDING,508.36,transfer,0,
T2,2025-01-01T00:00:06Z,A1,A2,1200.50,transfer,1,30
T3,2025-01-01T00:00:09Z,A2,SPENDING,300.00,cash,0,
T4,2025-01-02T10:00:00Z,INCOME,A2,9000.00,transfer,0,
T5,2025-01-02T11:00:00Z,A2,A1,70.10,transfer,1,31
T6,2025-01-02T12:00:00Z,A1,A2,1500.00,transfer,0,
"""
GENTEX_ACCOUNTS = """account,name,country,kyc_status,kyc_tier,opened
A1,"Ada Lovelace, Countess",NG,VERIFIED,TIER_1,2021-06-16
A2,Grace Hopper,GH,PENDING,TIER_3,2020-12-24
"""
BERKA = (
    '"trans_id";"account_id";"date";"type";"operation";"amount";"balance";"k_symbol";"bank";"account"\r\n'
    '1;576;930101;"PRIJEM";"VKLAD";900.00;900.00;"";;\r\n'
    '2;576;930101;"VYDAJ";"PREVOD NA UCET";300.00;600.00;"SIPO";"YZ";"62457513"\r\n'
    '3;704;930101;"VYBER";"VYBER";100.00;500.00;"";"";"0"\r\n'
    '4;704;930101;"PRIJEM";"";18.90;518.90;"UROK";;\r\n'
    '5;704;930102;"VYDAJ";"VYBER KARTOU";10.00;508.90;"";;\r\n'
    "6;704;9301"
)
BERKA_ACCOUNTS = '"account_id";"district_id";"frequency";"date"\r\n576;55;"POPLATEK MESICNE";930101\r\n'
AMLWORLD = """BEGIN LAUNDERING ATTEMPT - FAN-OUT:  Max 16-degree Fan-Out
2022/09/01 05:14,00952,8139F54E0,0111632,8062C56E0,5331.44,US Dollar,5331.44,Euro,ACH,1
2022/09/03 13:09,00952,8139F54E0,0118693,823D5EB90,5602.59,US Dollar,5602.59,US Dollar,Credit Card,1
END LAUNDERING ATTEMPT - FAN-OUT

BEGIN LAUNDERING ATTEMPT - CYCLE:  Max 10 hops
2022/09/01 00:03,01467,8013C4030,020,80BC62F10,0.102,Bitcoin,0.102,Bitcoin,Bitcoin,1
2022/09/01 05:14,020,80BC62F10,01467,8013C4030,7332.87,Swiss Franc,7332.87,Swiss Franc,Cash,1
END LAUNDERING ATTEMPT - CYCLE
"""


@pytest.fixture
def bank() -> Iterator[Bank]:
    with running(Bank()) as bank:
        yield bank


@pytest.fixture
def gentex(tmp_path: Path) -> Path:
    (tmp_path / "gentex_accounts.csv.gz").write_bytes(gzip.compress(GENTEX_ACCOUNTS.encode()))
    path = tmp_path / "bank.csv.gz"
    path.write_bytes(gzip.compress(GENTEX.encode()))
    return path


@pytest.fixture
def berka(tmp_path: Path) -> Path:
    (tmp_path / "berka_account.asc").write_text(BERKA_ACCOUNTS, "latin-1", newline="")
    path = tmp_path / "trans.asc"
    path.write_text(BERKA, "latin-1", newline="")
    return path


@pytest.fixture
def amlworld(tmp_path: Path) -> Path:
    path = tmp_path / "patterns.txt"
    path.write_text(AMLWORLD)
    return path


@pytest.fixture
def many_payments(tmp_path: Path) -> Path:
    """Two hundred payments of ten customers; every tenth is of 2,000 and labelled, all others of 1."""
    lines = [
        f'{{"customerId":"c{number % 10}","direction":"debit","amount":"{2000 if number % 10 == 3 else 1}",'
        f'"channel":"transfer","externalId":"x{number}",'
        f'"occurredAt":"2026-01-01T00:{number // 60:02}:{number % 60:02}Z",'
        f'"label":{"true" if number % 10 == 3 else "false"}}}'
        for number in range(200)
    ]
    path = tmp_path / "many.jsonl"
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture
def send(bank: Bank, tmp_path: Path) -> Callable[..., Report]:
    """Replays a file to the server; words that are not of the plan say how to send."""

    def replay_file(
        path: Path, *, limit: int | None = None, resume: bool = False, key: str = KEY, **manner: object
    ) -> Report:
        plan = Plan(
            source=Source(path, find_reader(path), ReadOptions()),
            destination=Destination(bank.url, key),
            manner=Manner(**manner),
            state_folder=tmp_path / "state",
            limit=limit,
            is_resumed=resume,
        )
        return replay(plan, io.StringIO())

    return replay_file
