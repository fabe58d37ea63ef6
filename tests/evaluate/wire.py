"""Calls over a real socket, many at the same moment."""

import http.client
import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any, TypeVar
from urllib.parse import urlsplit

from tests.cast import Answer

Result = TypeVar("Result")
SINGLE = "/api/transactions/evaluate"
BATCH = "/api/transactions/evaluate/batch"


def post(
    base_url: str,
    key: str | None,
    body: Any,
    path: str = SINGLE,
    *,
    timeout_seconds: float = 30,
    **headers: str,
) -> Answer:
    """One call on a connection of its own; `body` may be bytes."""
    address = urlsplit(base_url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=timeout_seconds)
    sent = {"Content-Type": "application/json", **({"X-API-Key": key} if key else {}), **headers}
    try:
        connection.request("POST", path, body if isinstance(body, bytes) else json.dumps(body), sent)
        response = connection.getresponse()
        return Answer(response.status, json.loads(response.read()), dict(response.headers))
    finally:
        connection.close()


def at_once(calls: Sequence[Callable[[], Result]]) -> list[Result]:
    """The results in the order of `calls`; none begins before all are ready to."""
    ready = Barrier(len(calls))

    def begin(call: Callable[[], Result]) -> Result:
        ready.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(begin, calls))
