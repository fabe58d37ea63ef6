"""`ratel-client` in a shell: what it prints, what it says where something is wrong, and how it ends."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import ratel_client
from ratel_client.command import main

from tests.client.dropping import dropping

PAYMENT = {"customerId": "c-1", "direction": "debit", "amount": 5, "channel": "mobile_app"}
REJECTED = {**PAYMENT, "kycStatus": "rejected"}
DECIDED, REFUSED, WRONG_USE, NO_DECISION, INTERRUPTED, NOBODY_READS = 0, 1, 2, 3, 130, 141

# As in a terminal, also where the tests themselves were started to ignore an interruption.
_RUN = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from ratel_client.command import main
sys.exit(main())
"""


@pytest.fixture
def shell(key, between, monkeypatch):
    monkeypatch.setenv("RATEL_BASE_URL", between.address)
    monkeypatch.setenv("RATEL_API_KEY", key)
    monkeypatch.delenv("RATEL_WEBHOOK_SECRET", raising=False)


@pytest.fixture
def file(tmp_path):
    def written(content: str | bytes, name: str = "payments.json") -> str:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    return written


@contextmanager
def started(*arguments: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """The command as a process of its own, which does not outlive the test."""
    source = str(Path(ratel_client.__file__).parents[1])
    process = subprocess.Popen(
        [sys.executable, "-c", _RUN, *arguments],
        env={**os.environ, "PYTHONPATH": source, **environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    watchdog = threading.Timer(120, process.kill)
    watchdog.start()
    try:
        yield process
    finally:
        watchdog.cancel()
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            stream.close()


def lines(text: str) -> list[dict]:
    return [json.loads(line) for line in text.splitlines()]


def said(capsys) -> str:
    """The one line on the error output; nothing was printed."""
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert err.startswith("ratel-client: ")
    return err


# -- Payments


@pytest.mark.parametrize("command", ["evaluate", "batch"])
def test_payments_of_a_file_are_decided(shell, command, file, capsys):
    good = {**PAYMENT, "externalId": f"file-{command}"}
    content = json.dumps(good) + "\n\n" + json.dumps({**good, "direction": "up"}) + "\n"
    assert main([command, file(content)]) == REFUSED
    decided, refused = lines(capsys.readouterr().out)
    assert decided["externalId"] == f"file-{command}"
    assert decided["decision"]
    assert refused["refused"] == "invalid"
    assert refused["problems"][0]["path"] == "direction"


@pytest.mark.parametrize("command", ["evaluate", "batch"])
@pytest.mark.parametrize(
    "content",
    [
        json.dumps([PAYMENT, PAYMENT]),
        json.dumps([PAYMENT, PAYMENT], indent=2),
        json.dumps(PAYMENT, indent=2) * 2,
        "\ufeff" + json.dumps(PAYMENT) + "\r\n" + json.dumps(PAYMENT),
    ],
    ids=["a list", "a pretty list", "pretty", "lines with a mark"],
)
def test_files_may_be_written_in_other_ways(shell, command, content, file, capsys):
    assert main([command, file(content)]) == DECIDED
    assert [bool(one["decision"]) for one in lines(capsys.readouterr().out)] == [True, True]


def test_payments_may_come_from_the_input(shell):
    with started("evaluate", "-") as process:
        process.stdin.write(json.dumps(PAYMENT) + "\n")
        process.stdin.flush()
        # It is decided before the input has ended.
        assert json.loads(process.stdout.readline())["decision"]
        out, err = process.communicate(json.dumps(PAYMENT) + "\n")
        assert len(lines(out)) == 1
        assert (err, process.returncode) == ("", DECIDED)


@pytest.mark.parametrize("command", ["evaluate", "batch"])
def test_what_stands_before_a_bad_line_is_decided_and_the_line_is_named(shell, command, file, capsys):
    content = "\n".join([json.dumps(PAYMENT), json.dumps(PAYMENT), "oops", json.dumps(PAYMENT)])
    assert main([command, file(content)]) == WRONG_USE
    out, err = capsys.readouterr()
    assert len(lines(out)) == 2
    assert err.startswith("ratel-client: line 3: not JSON")
    assert err.count("\n") == 1


def test_a_batch_is_cut_into_requests(shell, between, file, capsys):
    content = "\n".join(json.dumps({**PAYMENT, "customerId": f"b-{n}"}) for n in range(5))
    assert main(["batch", file(content), "--size", "2"]) == DECIDED
    assert len(lines(capsys.readouterr().out)) == 5
    assert between.passed == 3


@pytest.mark.parametrize("size", ["0", "-1", "1001", "1_0", "²", "many", ""])
def test_a_size_that_no_request_has_is_refused(shell, size, file, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["batch", file(json.dumps(PAYMENT)), f"--size={size}"])
    assert ended.value.code == WRONG_USE
    assert "must be a whole number from 1 to 1000" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["evaluate", "batch"])
@pytest.mark.parametrize("content", [b"\xff\xfe{", b"[[1]]", b"true", b"{", b'{"amount": Infinity}'])
def test_a_file_of_something_else_is_one_line_on_the_error_output(shell, command, content, file, capsys):
    assert main([command, file(content)]) == WRONG_USE
    assert "line 1" in said(capsys)


def test_fields_that_python_has_its_own_use_for_are_refused_by_the_server_only(shell, file, capsys):
    assert main(["evaluate", file(json.dumps({**PAYMENT, "self": 1, "include_layers": True}))]) == REFUSED
    (refused,) = lines(capsys.readouterr().out)
    assert [one["path"] for one in refused["problems"]] == ["self", "include_layers"]


@pytest.mark.parametrize("command", ["evaluate", "batch"])
def test_a_file_that_is_not_there_is_named(shell, command, tmp_path, capsys):
    assert main([command, str(tmp_path / "nowhere.json")]) == WRONG_USE
    assert "nowhere.json: No such file" in said(capsys)
    assert main([command, str(tmp_path)]) == WRONG_USE
    assert str(tmp_path) in said(capsys)


def test_where_nobody_reads_any_more_it_ends_without_a_word(shell, file):
    content = "\n".join(json.dumps(PAYMENT) for _ in range(300))
    with started("evaluate", file(content)) as process:
        assert json.loads(process.stdout.readline())["decision"]
        process.stdout.close()
        assert process.wait() == NOBODY_READS
        assert process.stderr.read() == ""


@pytest.mark.usefixtures("shell")
@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("RATEL_API_KEY", "rk_live_x\n", "the API key"),
        ("RATEL_API_KEY", "", "the API key"),
        ("RATEL_BASE_URL", "ratel.bank.example", "the address"),
        ("RATEL_API_KEY", None, "set RATEL_API_KEY"),
        ("RATEL_BASE_URL", None, "set RATEL_BASE_URL"),
    ],
)
def test_an_environment_that_cannot_be_right_is_named(name, value, expected, capsys, monkeypatch):
    monkeypatch.setenv(name, value) if value is not None else monkeypatch.delenv(name)
    assert main(["tail", "--once"]) == WRONG_USE
    text = said(capsys)
    assert expected in text
    assert "rk_live" not in text


@pytest.mark.parametrize("command", ["evaluate", "batch"])
def test_a_key_that_is_not_taken_ends_the_run_at_its_payment(shell, command, file, capsys, monkeypatch):
    monkeypatch.setenv("RATEL_API_KEY", "rk_live_wrong")
    assert main([command, file("\n" + json.dumps(PAYMENT))]) == NO_DECISION
    text = said(capsys)
    assert "line 2: 401" in text
    assert "req_" in text


# -- Alerts


def test_the_newest_alerts_are_shown_once(shell, file, capsys):
    main(["evaluate", file(json.dumps(REJECTED))])
    (decided,) = lines(capsys.readouterr().out)
    assert main(["tail", "--once"]) == DECIDED
    assert [one["id"] for one in lines(capsys.readouterr().out)].count(decided["alertId"]) == 1


def test_alerts_are_shown_as_they_come_also_after_nobody_answered_until_it_is_interrupted(
    shell, bank, key, live_server_process
):
    (caller,) = bank.callers.values()
    with dropping(live_server_process, is_open=False) as server:
        environment = {"RATEL_BASE_URL": server.address, "RATEL_API_KEY": key}
        with started("tail", "--every-seconds", "0.1", **environment) as process:
            for _ in range(2):
                assert "no answer" in (told := process.stderr.readline())
                assert told.endswith("; trying again\n")
            first = alerted(caller, "tail-1")
            server.open()
            until(process, first)
            second = alerted(caller, "tail-2")
            assert until(process, second) == [second]
            process.send_signal(signal.SIGINT)
            assert process.wait() == INTERRUPTED
            rest = process.stderr.read()
            assert rest.splitlines()[-1] == "ratel-client: Ratel answers again"
            assert "Traceback" not in rest


def alerted(caller, customer: str) -> str:
    answer = caller.evaluate(**{**REJECTED, "customerId": customer})
    assert answer.status == 200, answer.body
    return str(answer.data["alertId"])


def until(process: subprocess.Popen[str], alert: str) -> list[str]:
    """The ids that are printed, up to this one."""
    printed = []
    for line in process.stdout:
        printed.append(json.loads(line)["id"])
        if printed[-1] == alert:
            return printed
    raise AssertionError(f"it ended: {process.stderr.read()}")


def test_more_alerts_than_a_page_are_all_shown(shell, bank, key, between, monkeypatch):
    """Pages of one alert, so that three that came between two looks are more than a page."""
    monkeypatch.setattr("ratel_client.command._ALERTS_AT_ONCE", 1)
    from ratel_client import RatelClient
    from ratel_client.command import _unseen

    (caller,) = bank.callers.values()
    with RatelClient(between.address, key) as client:
        seen: dict[str, None] = {}
        alerted(caller, "page-0")
        _unseen(client, seen, is_first=True)
        made = [alerted(caller, f"page-{n}") for n in range(1, 4)]
        assert [alert.id for alert in _unseen(client, seen, is_first=False)] == made
        assert _unseen(client, seen, is_first=False) == []


def test_looking_once_at_an_address_where_nobody_is_ends(shell, live_server_process, monkeypatch, capsys):
    with dropping(live_server_process, is_open=False) as server:
        monkeypatch.setenv("RATEL_BASE_URL", server.address)
        assert main(["tail", "--once"]) == NO_DECISION
    assert "no answer" in said(capsys)


def test_a_key_that_is_not_taken_ends_the_tail(shell, monkeypatch, capsys):
    monkeypatch.setenv("RATEL_API_KEY", "rk_live_wrong")
    assert main(["tail"]) == NO_DECISION
    assert "401" in said(capsys)


@pytest.mark.parametrize("seconds", ["0", "-1", "nan", "inf", "soon"])
def test_a_wait_that_makes_no_sense_is_refused(shell, seconds, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["tail", f"--every-seconds={seconds}"])
    assert ended.value.code == WRONG_USE
    assert "must be a number from 0.1 to 3600" in capsys.readouterr().err


# -- Webhooks


SECRET = "whsec_" + "A" * 43 + "="


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_é", "not one"])
def test_a_secret_that_is_none_is_said(shell, secret, file, capsys):
    body, headers = file("{}", "body"), file("{}", "headers")
    assert main(["verify", body, headers, f"--secret={secret}"]) == WRONG_USE
    assert "secret" in said(capsys).lower()


def test_a_missing_body_or_headers_are_named(shell, file, tmp_path, capsys):
    there, missing = file("{}", "there"), str(tmp_path / "missing")
    for arguments in ([missing, there], [there, missing]):
        assert main(["verify", *arguments, "--secret", SECRET]) == WRONG_USE
        assert "missing: No such file" in said(capsys)


@pytest.mark.parametrize("headers", [b"", b"[]", b"\xff", b'{"webhook-id": 1}', b"[" * 100_000])
def test_headers_that_are_no_object_of_texts_are_named(shell, headers, file, capsys):
    assert main(["verify", file("{}", "body"), file(headers, "heads"), "--secret", SECRET]) == WRONG_USE
    assert "heads: the headers must be one JSON object" in said(capsys)


def test_a_forged_webhook_is_refused(shell, file, capsys):
    forged = {"webhook-id": "evt_1", "webhook-timestamp": "1700000000", "webhook-signature": "v1,é"}
    body, headers = file("{}", "body"), file("\ufeff" + json.dumps(forged), "headers")
    assert main(["verify", body, headers, "--secret", SECRET, "--any-age"]) == REFUSED
    assert "signature does not match" in said(capsys)
    assert main(["verify", body, headers, "--secret", SECRET]) == REFUSED
    assert "too old" in said(capsys)


# -- Its help


def test_the_help_names_every_exit_code(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == DECIDED
    text = capsys.readouterr().out
    codes = [int(line.split()[0]) for line in text.splitlines() if line.strip()[:1].isdigit()]
    assert codes == [DECIDED, REFUSED, WRONG_USE, NO_DECISION, INTERRUPTED, NOBODY_READS]
