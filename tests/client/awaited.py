"""The client for tasks, driven call by call, so that one test can say what holds for both clients."""

import asyncio
import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ratel_client import AsyncBatch, AsyncRatelClient, RatelClient


class Awaited:
    """An async client or batch whose methods are awaited to their end when they are called."""

    def __init__(self, runner: asyncio.Runner, target: Any) -> None:
        self._runner, self._target = runner, target

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._target, name)
        if not inspect.iscoroutinefunction(found):
            return found

        def call(*arguments: Any, **options: Any) -> Any:
            result = self._runner.run(found(*arguments, **options))
            return Awaited(self._runner, result) if isinstance(result, AsyncBatch) else result

        return call


@contextmanager
def threaded(address: str, key: str, **options: Any) -> Iterator[RatelClient]:
    with RatelClient(address, key, **options) as client:
        yield client


@contextmanager
def awaited(address: str, key: str, **options: Any) -> Iterator[Awaited]:
    sleep: Callable[[float], None] | None = options.pop("sleep", None)
    if sleep is not None:

        async def slept(seconds: float) -> None:
            sleep(seconds)

        options["sleep"] = slept

    async def opened() -> AsyncRatelClient:
        return await AsyncRatelClient(address, key, **options).__aenter__()

    with asyncio.Runner() as runner:
        client = runner.run(opened())
        try:
            yield Awaited(runner, client)
        finally:
            runner.run(client.close())
