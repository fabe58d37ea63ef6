"""Items of batches, and a batch that is worked on in the test's own process."""

from datetime import UTC, datetime, timedelta
from typing import Any

from screening.batch_jobs.work import work
from tests.cast import Answer, Bank, Caller

BATCH = "/v1/transactions/batch"
START = datetime(2026, 10, 1, tzinfo=UTC)


def item(number: int, **fields: Any) -> dict[str, Any]:
    """A small valid payment between two entities; `fields` replace or add."""
    return {
        "transaction_id": f"txn_{number}",
        "amount": 100 + number % 7,
        "currency": "USD",
        "timestamp": (START + timedelta(minutes=number)).isoformat(),
        "sender": {"entity_id": f"ent_{number % 50}"},
        "receiver": {"entity_id": f"shop_{number % 20}"},
        "metadata": {"channel": "mobile"},
        **fields,
    }


def start(caller: Caller, items: list[Any], **fields: Any) -> str:
    answer = caller.post(BATCH, {"transactions": items, **fields})
    assert answer.status == 202, answer.body
    assert answer.body["status"] == "PROCESSING"
    return str(answer.body["batch_id"])


def status(caller: Caller, batch_id: str) -> dict[str, Any]:
    answer = caller.get(f"/v1/batches/{batch_id}")
    assert answer.status == 200, answer.body
    return dict(answer.body)


def finish(caller: Caller, batch_id: str) -> dict[str, Any]:
    """What the batch came to, decided by this process."""
    for _ in range(50):
        shown = status(caller, batch_id)
        if shown["status"] != "PROCESSING":
            return shown
        work(10.0)
    raise AssertionError("the batch does not end")


def finish_everything() -> None:
    """Nothing that can be worked on is left, of any team: a run ends when its time is up."""
    while work():
        pass


def decide(bank: Bank, items: list[Any], pack: str = "us") -> dict[str, Any]:
    caller = bank.callers[pack]
    return finish(caller, start(caller, items))


def refused(answer: Answer) -> list[str]:
    assert answer.status == 400, answer.body
    return [one["path"] for one in answer.body["details"]]
