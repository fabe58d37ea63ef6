"""The client for threads: one pool of connections, a time limit for each attempt, repeats that never decide twice."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self, TypeVar

import urllib3

from ratel_client import calls
from ratel_client.calls import Answer, Call
from ratel_client.errors import RatelError, Unavailable
from ratel_client.results import (
    AlertPage,
    BatchResult,
    BatchStatus,
    EntityRisk,
    Evaluation,
    Item,
    Screening,
)
from ratel_client.retries import Retries

Result = TypeVar("Result")


class RatelClient:
    """Speaks for one key. Safe to share between threads; `close` it, or use it in a `with` block."""

    def __init__(
        self,
        base_url: str,
        api_key: str,
        *,
        timeout_seconds: float = 10.0,
        retries: Retries | None = None,
        most_connections: int = 10,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._base_url = calls.checked_address(base_url)
        self._retries = retries or Retries()
        self._sleep = sleep
        self._headers = calls.headers_for(api_key)
        self._pool = urllib3.PoolManager(
            maxsize=most_connections,
            block=True,
            timeout=urllib3.Timeout(total=timeout_seconds),
            retries=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Lets go of its connections."""
        self._pool.clear()

    def evaluate(self, /, *, include_layers: bool = False, **payment: Any) -> Evaluation:
        """Decides one payment of the native dialect; without `externalId` one is made, so that repeats are safe."""
        return self.carry_out(calls.evaluate(payment, include_layers=include_layers))

    def evaluate_batch(self, payments: Sequence[Mapping[str, Any]]) -> list[Item]:
        """Decides up to 1,000 payments in their order."""
        return self.carry_out(calls.evaluate_batch(payments))

    def screen_transaction(self, /, **transaction: Any) -> Screening:
        """Decides one payment of the entity-based dialect."""
        return self.carry_out(calls.screen_transaction(transaction))

    def screen_batch(
        self,
        transactions: Sequence[Mapping[str, Any]],
        callback_url: str | None = None,
        *,
        idempotency_key: str | None = None,
    ) -> "Batch":
        """Hands over up to 10,000 payments to be decided in the background.

        The key makes repeats safe, as an external id does: one batch, one callback. One is made where you give none; give
        your own to hand the same payments over again after your program was restarted.
        """
        return Batch(self, self.carry_out(calls.start_batch(transactions, callback_url, idempotency_key)))

    def batch_status(self, batch_id: str) -> BatchStatus:
        """How far a batch is, with its results once it is over."""
        return self.carry_out(calls.batch_status(batch_id))

    def entity_risk(self, entity_id: str) -> EntityRisk:
        """What is known of an entity; raises NotFound for one that never paid."""
        return self.carry_out(calls.entity_risk(entity_id))

    def alerts(self, /, **filters: str | int) -> AlertPage:
        """The newest alerts that the filters of `GET /api/alerts` leave; `cursor` asks for those after a page."""
        return self.carry_out(calls.alerts(filters))

    def carry_out(self, call: Call[Result]) -> Result:
        """The call's result, repeated as `retries` allow; raises a RatelError."""
        attempt = 0
        while True:
            attempt += 1
            try:
                return call.result(self._send(call))
            except RatelError as error:
                wait = self._retries.wait_after(attempt, error.status, error.retry_after_seconds)
                if wait is None:
                    raise
            self._sleep(wait)

    def _send(self, call: Call[Any]) -> Answer:
        try:
            response = self._pool.request(
                call.method,
                self._base_url + call.path,
                body=call.body,
                headers={**self._headers, **call.headers},
                redirect=False,
            )
        except urllib3.exceptions.HTTPError as error:
            raise Unavailable(f"no answer: {type(error).__name__}") from error
        return Answer(response.status, dict(response.headers), response.data)


class Batch:
    """A batch that was handed over."""

    def __init__(self, client: RatelClient, status: BatchStatus) -> None:
        self._client = client
        self.status = status
        self.id = status.batch_id

    def wait_for_completion(
        self, *, timeout_seconds: float = 600.0, poll_seconds: float = 1.0
    ) -> BatchStatus:
        """Asks until it is over; raises TimeoutError where it takes longer (the batch goes on)."""
        deadline = time.monotonic() + timeout_seconds
        while not self.status.is_over:
            if time.monotonic() >= deadline:
                raise TimeoutError(f"batch {self.id} is not over yet")
            time.sleep(poll_seconds)
            self.status = self._client.batch_status(self.id)
        return self.status

    def get_results(self) -> list[BatchResult]:
        """One result per payment, in their order; empty while it is being worked on."""
        if "results" not in self.status.raw:
            self.status = self._client.batch_status(self.id)
        return list(self.status.results)
