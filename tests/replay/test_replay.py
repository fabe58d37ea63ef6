"""A whole replay against a real HTTP server: nothing lost, nothing twice, order kept, faults survived."""

import json
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from screening.replay import client
from screening.replay.report import Report, as_json, as_table
from tests.replay.server import Bank

Send = Callable[..., Report]


@pytest.fixture
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "FIRST_PAUSE_SECONDS", 0.001)
    monkeypatch.setattr(client, "LONGEST_PAUSE_SECONDS", 0.01)


@pytest.mark.parametrize("batch", [1, 7, 1000])
@pytest.mark.parametrize("connections", [1, 4])
def test_every_payment_is_decided_once(
    bank: Bank, send: Send, many_payments: Path, batch: int, connections: int
) -> None:
    counted = send(many_payments, batch=batch, connections=connections).counted
    assert (counted.sent, counted.decided, counted.replays, counted.errors) == (200, 200, 0, 0)
    assert len(bank.received) == len(bank.bodies) == 200
    assert counted.decisions == {"pass": 180, "review": 20}
    assert counted.alerts_per_thousand == 100.0


@pytest.mark.parametrize("batch", [1, 7])
def test_payments_of_one_customer_go_in_order_on_one_connection(
    bank: Bank, send: Send, many_payments: Path, batch: int
) -> None:
    send(many_payments, batch=batch, connections=5)
    for customer in {body["customerId"] for body in bank.received}:
        times = [body["occurredAt"] for body in bank.received if body["customerId"] == customer]
        assert times == sorted(times)
        assert len(bank.connections[customer]) == 1


def test_connections_are_kept_alive(bank: Bank, send: Send, many_payments: Path) -> None:
    send(many_payments, connections=3)
    assert len(set.union(*bank.connections.values())) <= 3


def test_batches_go_to_the_batch_endpoint(bank: Bank, send: Send, many_payments: Path) -> None:
    assert send(many_payments, batch=100, connections=1).counted.requests == 2
    assert set(bank.requests) == {"/api/transactions/evaluate/batch"}


def test_the_labels_are_compared_with_the_decisions_and_never_sent(
    bank: Bank, send: Send, gentex: Path
) -> None:
    labels = send(gentex).counted.labels
    assert labels is not None
    assert (labels.labelled, labels.labelled_alerted, labels.recall) == (2, 1, 0.5)
    assert labels.precision == pytest.approx(1 / 3, abs=1e-4)
    assert not any("is_sar" in json.dumps(body) or "label" in json.dumps(body) for body in bank.received)


def test_a_file_without_labels_has_no_recall(send: Send, berka: Path) -> None:
    assert send(berka).counted.labels is None


def test_a_second_replay_decides_nothing_again(bank: Bank, send: Send, many_payments: Path) -> None:
    send(many_payments)
    counted = send(many_payments, batch=50).counted
    assert (counted.decided, counted.replays, counted.errors) == (0, 200, 0)
    assert len(bank.bodies) == 200


def test_a_dry_run_asks_the_server_to_store_nothing(bank: Bank, send: Send, many_payments: Path) -> None:
    assert send(many_payments, is_dry_run=True).counted.decided == 200
    assert bank.bodies == {}


def test_a_limit_takes_the_first_payments_and_resuming_goes_on_behind_them(
    bank: Bank, send: Send, many_payments: Path
) -> None:
    assert send(many_payments, limit=60).position == 60
    report = send(many_payments, resume=True)
    assert (report.resumed_after, report.counted.decided, report.counted.replays) == (60, 140, 0)
    assert len(bank.received) == 200


def test_resuming_a_finished_replay_sends_nothing(bank: Bank, send: Send, many_payments: Path) -> None:
    send(many_payments)
    assert send(many_payments, resume=True).counted.sent == 0


def test_a_state_of_another_key_is_not_resumed(bank: Bank, send: Send, many_payments: Path) -> None:
    send(many_payments, limit=60)
    report = send(many_payments, resume=True, key="rk_live_of_another_team")
    assert report.resumed_after == 0


@pytest.mark.usefixtures("short_pauses")
@pytest.mark.parametrize("fault", [(503, {}), (429, {"Retry-After": "0"}), (502, {}), (0, {})])
def test_a_server_that_is_away_for_a_moment_loses_and_doubles_nothing(
    bank: Bank, send: Send, many_payments: Path, fault: tuple[int, dict[str, str]]
) -> None:
    bank.faults = [fault] * 8
    counted = send(many_payments).counted
    assert (counted.decided, counted.errors, counted.retries) == (200, 0, 8)
    assert len(bank.bodies) == 200


@pytest.mark.usefixtures("short_pauses")
def test_an_answer_lost_on_its_way_is_asked_for_again(bank: Bank, send: Send, many_payments: Path) -> None:
    bank.hang_up_after_deciding = 3
    counted = send(many_payments).counted
    assert (counted.decided, counted.replays, counted.errors) == (197, 3, 0)
    assert len(bank.bodies) == 200


@pytest.mark.usefixtures("short_pauses")
def test_an_answer_cut_in_half_is_asked_for_again(bank: Bank, send: Send, many_payments: Path) -> None:
    bank.cut_answers = 3
    counted = send(many_payments, batch=10).counted
    assert (counted.errors, counted.retries, counted.sent) == (0, 3, 200)


def test_retry_after_is_honoured(bank: Bank, send: Send, many_payments: Path) -> None:
    bank.faults = [(429, {"Retry-After": "1"})]
    began = time.monotonic()
    send(many_payments, limit=1)
    assert time.monotonic() - began >= 1


@pytest.mark.usefixtures("short_pauses")
def test_a_server_that_stays_away_ends_the_run_and_resuming_leaves_nothing_out(
    bank: Bank, send: Send, many_payments: Path
) -> None:
    send(many_payments, limit=50)
    bank.away = True
    report = send(many_payments, resume=True)
    assert report.stopped == "the server does not answer"
    assert report.position == 50
    assert report.counted.error_codes.keys() == {"FAULT_503"}
    bank.away = False
    assert send(many_payments, resume=True).position == 200
    assert len(bank.bodies) == 200


@pytest.mark.usefixtures("short_pauses")
def test_a_payment_that_got_no_answer_is_sent_again_when_resumed(
    bank: Bank, send: Send, many_payments: Path
) -> None:
    bank.faults = [(500, {})]
    report = send(many_payments, connections=1)
    assert (report.counted.errors, report.position) == (1, 0)
    again = send(many_payments, resume=True)
    assert (again.counted.decided, again.counted.replays, again.position) == (1, 199, 200)


def test_a_refused_key_ends_the_run_at_once(bank: Bank, send: Send, many_payments: Path) -> None:
    report = send(many_payments, key="rk_live_wrong", connections=2)
    assert report.stopped == "the server refuses the API key (HTTP 401)"
    assert report.position == 0
    assert len(bank.requests) <= 2


def test_an_url_without_the_endpoint_ends_the_run_at_once(
    bank: Bank, send: Send, many_payments: Path
) -> None:
    bank.faults = [(404, {})] * 200
    report = send(many_payments, connections=1)
    assert report.stopped == "the server has no evaluate endpoint at this URL (HTTP 404)"
    assert report.counted.sent == 1


@pytest.mark.parametrize("batch", [1, 10])
def test_refused_payments_are_counted_by_code_and_shown_without_what_they_hold(
    send: Send, tmp_path: Path, batch: int
) -> None:
    path = tmp_path / "bad.jsonl"
    body = '{"customerId":"Ada Lovelace","direction":"debit","amount":"%s","channel":"transfer"}\n'
    path.write_text("".join(body % amount for amount in ["-1", "5", "-2", "-3", "-4", "-5", "-6"]))
    report = send(path, batch=batch, connections=1)
    assert report.counted.error_codes == {"INVALID_REQUEST": 6}
    assert [(error.row, error.status, error.paths) for error in report.counted.first_errors] == [
        (row, 400, ("amount",)) for row in (1, 3, 4, 5, 6)
    ]
    assert report.position == 7
    assert "Ada" not in as_table(report) + as_json(report).decode()


def test_an_external_id_used_again_with_another_body_is_an_error(send: Send, tmp_path: Path) -> None:
    path = tmp_path / "twice.jsonl"
    body = '{"customerId":"c","direction":"debit","amount":"%s","channel":"transfer","externalId":"x"}\n'
    path.write_text(body % 1 + body % 2)
    assert send(path).counted.error_codes == {"EXTERNAL_ID_REUSED": 1}


def test_a_rate_is_kept(send: Send, many_payments: Path) -> None:
    counted = send(many_payments, limit=31, rate=100.0).counted
    assert counted.duration_seconds >= 0.3


def test_an_interrupted_replay_reports_and_can_go_on(bank: Bank, send: Send, many_payments: Path) -> None:
    bank.delay_seconds = 0.01
    interrupt_after(bank, 20)
    report = send(many_payments, connections=1)
    assert report.stopped == "interrupted"
    assert 0 < report.counted.sent < 200
    bank.delay_seconds = 0
    assert send(many_payments, resume=True).position == 200
    assert len(bank.received) == len(bank.bodies) == 200


def interrupt_after(bank: Bank, payments: int) -> None:
    """Sends this process what Ctrl-C sends, once so many payments have arrived."""
    import _thread

    def interrupt() -> None:
        while len(bank.received) < payments:
            time.sleep(0.002)
        _thread.interrupt_main()

    threading.Thread(target=interrupt, daemon=True).start()


def test_blocked_payments_count_as_escalated_and_blocked(send: Send, gentex: Path) -> None:
    counted = send(gentex).counted
    assert counted.decisions == {"escalate": 1, "pass": 3, "review": 2}
    assert counted.blocked == 1


def test_the_table_says_what_the_json_says(send: Send, gentex: Path) -> None:
    report = send(gentex)
    table = as_table(report)
    assert "recall" in table and "50.00%" in table
    assert json.loads(as_json(report))["counted"]["decided"] == 6
