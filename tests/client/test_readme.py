"""The client's README: its examples run against the server as they stand, and its tables are those of the code."""

import inspect
import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import ratel_client
from ratel_client import RatelError, Retries, command, webhooks

from tests.batch_jobs.items import item
from tests.client.test_webhooks import BODY, signed
from webhooks import signing

README = (Path(__file__).resolve().parents[2] / "clients/python/README.md").read_text()
EXAMPLES = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
SHELL = re.findall(r"^ratel-client (.*)$", README, re.MULTILINE)
PAYMENT = {"customerId": "c-9", "direction": "debit", "amount": 5, "channel": "mobile_app"}


def run(example: str, address: str, key: str, **given: Any) -> dict[str, Any]:
    """Runs an example with the server's address and key in it; what it has made."""
    text = example.replace("https://ratel.bank.example", address).replace("rk_live_...", key)
    # Whoever answers at that address is not this test's.
    text = text.replace(', callback_url="https://bank.example/ratel/batches"', "")
    made = dict(given)
    exec(compile(text, "README.md", "exec"), made)  # noqa: S102 - our own text
    return made


@pytest.fixture
def held() -> list[tuple[Any, ...]]:
    return []


def example_with(words: str) -> str:
    (found,) = [one for one in EXAMPLES if words in one]
    return found


def test_every_example_is_run_by_a_test_below() -> None:
    words = ["hold(decision", "screen_batch(", "asyncio.run", "Retries(", "verify_callback"]
    assert sorted(map(example_with, words)) == sorted(EXAMPLES)


def test_the_first_payment(live_server_process: str, key: str, held: list[Any]) -> None:
    made = run(
        example_with("hold(decision"), live_server_process, key, hold=lambda *given: held.append(given)
    )
    decision = made["decision"]
    assert bool(held) is not decision.may_go_on


def test_everything_else(
    live_server_process: str, key: str, capsys: pytest.CaptureFixture[str], finishing: None
) -> None:
    payments = [PAYMENT, {**PAYMENT, "direction": "up"}]
    made = run(
        example_with("screen_batch("),
        live_server_process,
        key,
        payments=payments,
        transactions=[item(1), {"transaction_id": "bad"}],
    )
    assert made["batch"].status.status == "COMPLETED"
    printed = capsys.readouterr().out
    assert "bad invalid" in printed
    assert "invalid [('direction'" in printed
    assert "req_" in printed


def test_the_same_awaited(live_server_process: str, key: str, capsys: pytest.CaptureFixture[str]) -> None:
    run(example_with("asyncio.run"), live_server_process, key)
    assert len(capsys.readouterr().out.split()) == 2


def test_what_to_do_without_a_decision(
    between: Any, key: str, held: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    example = example_with("Retries(")
    payment = {**PAYMENT, "externalId": "readme-1"}
    made = run(example, between.address, key, payment=payment, hold=lambda *given: held.append(given))
    assert made["decision"].decision
    assert made["retries"] == Retries()
    assert held == []
    between.answers = [(503, {"Retry-After": "61"}, b"{}")]
    run(example, between.address, key, payment=payment, hold=lambda *given: held.append(given))
    assert held == [("readme-1", None)]


def test_webhooks_and_callbacks_are_received(capsys: pytest.CaptureFixture[str]) -> None:
    secret, seen = signing.new_secret(), set[str]()
    made = run(
        example_with("verify_callback"), "", "", endpoint_secret=secret, callback_secret=secret, seen=seen
    )
    assert [made["receive_webhook"](BODY, signed([secret])) for _ in range(2)] == [204, 204]
    assert capsys.readouterr().out.count("case.resolved") == 1
    body = json.dumps({"batch_id": "b", "status": "COMPLETED", "results": []}).encode()
    assert made["receive_callback"](body, signed([secret], body=body)) == 204
    assert made["receive_callback"](body, {}) == made["receive_webhook"](BODY, {}) == 400


def test_the_commands_of_the_shell(
    live_server_process: str,
    key: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    secret = signing.new_secret()
    (tmp_path / "payments.json").write_text(json.dumps([PAYMENT, PAYMENT], indent=2))
    (tmp_path / "body.json").write_bytes(BODY)
    (tmp_path / "headers.json").write_text(json.dumps(signed([secret])))
    monkeypatch.chdir(tmp_path)
    for name, value in {"BASE_URL": live_server_process, "API_KEY": key, "WEBHOOK_SECRET": secret}.items():
        monkeypatch.setenv(f"RATEL_{name}", value)
    assert len(SHELL) == 4
    for line in SHELL:
        assert command.main(shlex.split(line)) == 0, (line, capsys.readouterr().err)
    assert capsys.readouterr().err == ""


def test_every_exit_code_of_the_help_is_in_the_readme() -> None:
    in_help = re.findall(r"^  (\d+)\s", command.CODES, re.MULTILINE)
    assert re.findall(r"^\| (\d+) \|", README, re.MULTILINE) == in_help
    assert len(in_help) == 6


def test_every_error_of_the_client_is_in_the_readme() -> None:
    kinds = [
        one
        for _, one in inspect.getmembers(ratel_client, inspect.isclass)
        if issubclass(one, RatelError | webhooks.WebhookRefused)
    ]
    assert len(kinds) > 5
    assert [one.__name__ for one in kinds if f"`{one.__name__}`" not in README] == []


def test_every_method_of_the_client_is_in_the_readme() -> None:
    methods = {
        name for name in vars(ratel_client.RatelClient) if not name.startswith("_") and name != "carry_out"
    }
    # The status is asked for by `wait_for_completion`, and `with` closes.
    assert {name for name in methods if f"{name}(" not in README} == {"batch_status", "close"}
