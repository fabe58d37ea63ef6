"""The client for tasks. It needs the extra: `pip install ratel-client[async]`."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self, TypeVar

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

if TYPE_CHECKING:
    import aiohttp

Result = TypeVar("Result")


class AsyncRatelClient:
    """Speaks for one key; use it in an `async with` block."""

    def __init__(
        self,
        base_url: str,
        api_key: str,
        *,
        timeout_seconds: float = 10.0,
        retries: Retries | None = None,
        most_connections: int = 100,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._base_url = calls.checked_address(base_url)
        self._headers = calls.headers_for(api_key)
        self._timeout_seconds = timeout_seconds
        self._most_connections = most_connections
        self._retries = retries or Retries()
        self._sleep = sleep
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        # Only whoever awaits needs the library.
        import aiohttp

        self._session = aiohttp.ClientSession(
            headers=self._headers,
            timeout=aiohttp.ClientTimeout(total=self._timeout_seconds),
            connector=aiohttp.TCPConnector(limit=self._most_connections),
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Lets go of its connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def evaluate(self, /, *, include_layers: bool = False, **payment: Any) -> Evaluation:
        """Decides one payment of the native dialect; without `externalId` one is made, so that repeats are safe."""
        return await self.carry_out(calls.evaluate(payment, include_layers=include_layers))

    async def evaluate_batch(self, payments: Sequence[Mapping[str, Any]]) -> list[Item]:
        """Decides up to 1,000 payments in their order."""
        return await self.carry_out(calls.evaluate_batch(payments))

    async def screen_transaction(self, /, **transaction: Any) -> Screening:
        """Decides one payment of the entity-based dialect."""
        return await self.carry_out(calls.screen_transaction(transaction))

    async def screen_batch(
        self,
        transactions: Sequence[Mapping[str, Any]],
        callback_url: str | None = None,
        *,
        idempotency_key: str | None = None,
    ) -> "AsyncBatch":
        """Hands over up to 10,000 payments to be decided in the background.

        The key makes repeats safe, as an external id does: one batch, one callback. One is made where you give none; give
        your own to hand the same payments over again after your program was restarted.
        """
        return AsyncBatch(
            self, await self.carry_out(calls.start_batch(transactions, callback_url, idempotency_key))
        )

    async def batch_status(self, batch_id: str) -> BatchStatus:
        """How far a batch is, with its results once it is over."""
        return await self.carry_out(calls.batch_status(batch_id))

    async def entity_risk(self, entity_id: str) -> EntityRisk:
        """What is known of an entity; raises NotFound for one that never paid."""
        return await self.carry_out(calls.entity_risk(entity_id))

    async def alerts(self, /, **filters: str | int) -> AlertPage:
        """The newest alerts that the filters of `GET /api/alerts` leave; `cursor` asks for those after a page."""
        return await self.carry_out(calls.alerts(filters))

    async def carry_out(self, call: Call[Result]) -> Result:
        """The call's result, repeated as `retries` allow; raises a RatelError."""
        attempt = 0
        while True:
            attempt += 1
            try:
                return call.result(await self._send(call))
            except RatelError as error:
                wait = self._retries.wait_after(attempt, error.status, error.retry_after_seconds)
                if wait is None:
                    raise
            await self._sleep(wait)

    async def _send(self, call: Call[Any]) -> Answer:
        import aiohttp

        if self._session is None:
            raise RuntimeError("the client is used inside `async with`")
        try:
            async with self._session.request(
                call.method,
                self._base_url + call.path,
                data=call.body,
                headers=call.headers,
                allow_redirects=False,
            ) as response:
                return Answer(response.status, dict(response.headers), await response.read())
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Unavailable(f"no answer: {type(error).__name__}") from error


class AsyncBatch:
    """A batch that was handed over."""

    def __init__(self, client: AsyncRatelClient, status: BatchStatus) -> None:
        self._client = client
        self.status = status
        self.id = status.batch_id

    async def wait_for_completion(
        self, *, timeout_seconds: float = 600.0, poll_seconds: float = 1.0
    ) -> BatchStatus:
        """Asks until it is over; raises TimeoutError where it takes longer (the batch goes on)."""
        deadline = time.monotonic() + timeout_seconds
        while not self.status.is_over:
            if time.monotonic() >= deadline:
                raise TimeoutError(f"batch {self.id} is not over yet")
            await asyncio.sleep(poll_seconds)
            self.status = await self._client.batch_status(self.id)
        return self.status

    async def get_results(self) -> list[BatchResult]:
        """One result per payment, in their order; empty while it is being worked on."""
        if "results" not in self.status.raw:
            self.status = await self._client.batch_status(self.id)
        return list(self.status.results)
