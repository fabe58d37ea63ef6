"""`manage.py replay`: where it finds server and key, what it prints, how it ends."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from tests.replay.server import KEY, Bank


@pytest.fixture
def state_directory(settings: Any, tmp_path: Path) -> Path:
    settings.RATEL_STATE_DIRECTORY = tmp_path / "var"
    settings.RATEL_STATE_DIRECTORY.mkdir()
    return Path(settings.RATEL_STATE_DIRECTORY)


@pytest.fixture
def demo(state_directory: Path, bank: Bank) -> None:
    teams = {"ng": {"id": 1, "live_key": KEY}, "id": {"live_key": KEY}, "us": {"live_key": KEY}}
    (state_directory / "demo.json").write_text(
        json.dumps({"base_url": bank.url, "users": {}, "teams": teams})
    )


@pytest.mark.usefixtures("demo")
def test_server_and_key_come_from_the_demo_and_the_report_is_printed_and_written(
    gentex: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("replay", gentex, report=tmp_path / "report.json")
    printed = capsys.readouterr()
    assert "decided" in printed.out
    assert KEY not in printed.out + printed.err + (tmp_path / "report.json").read_text()
    assert json.loads((tmp_path / "report.json").read_text())["counted"]["decided"] == 6


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize(("team", "currency"), [("ng", "NGN"), ("id", "IDR"), ("us", "USD")])
def test_amounts_go_out_in_the_currency_of_the_team(
    bank: Bank, berka: Path, team: str, currency: str
) -> None:
    call_command("replay", berka, team=team)
    assert {body["currency"] for body in bank.received} == {currency}


@pytest.mark.usefixtures("state_directory")
def test_url_and_key_need_no_demo(bank: Bank, berka: Path) -> None:
    call_command("replay", berka, url=bank.url, key=KEY, currency="CZK", batch=2)
    assert {body["currency"] for body in bank.received} == {"CZK"}


@pytest.mark.usefixtures("demo")
def test_the_state_holds_neither_key_nor_payment(berka: Path, state_directory: Path) -> None:
    call_command("replay", berka)
    (state,) = (state_directory / "replay").iterdir()
    assert json.loads(state.read_text()) == {"position": 5, "file": "trans.asc"}
    assert KEY not in state.name


@pytest.mark.usefixtures("state_directory")
def test_without_demo_it_says_what_to_give(berka: Path) -> None:
    with pytest.raises(CommandError, match="--url and --key"):
        call_command("replay", berka)


@pytest.mark.usefixtures("demo")
def test_payments_without_a_decision_make_the_command_fail(tmp_path: Path) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text('{"customerId":"c","direction":"debit","amount":"-1","channel":"transfer"}')
    with pytest.raises(CommandError, match="1 payments got no decision"):
        call_command("replay", path)


@pytest.mark.parametrize(
    "argument",
    ["--batch=1001", "--batch=0", "--connections=65", "--rate=0", "--rate=nan", "--limit=x", "--currency=€"],
)
def test_numbers_out_of_their_limits_are_refused(berka: Path, argument: str) -> None:
    with pytest.raises(CommandError, match="argument --"):
        call_command("replay", str(berka), argument)


@pytest.mark.parametrize("url", ["ftp://127.0.0.1", "127.0.0.1:8000", ""])
@pytest.mark.usefixtures("state_directory")
def test_an_url_that_is_not_http_is_refused(berka: Path, url: str) -> None:
    with pytest.raises(CommandError):
        call_command("replay", berka, url=url, key=KEY)
