"""The connections that webhooks are sent over: each name is asked for once, and what is connected to is what was judged.

The last check stands where the socket is made, so it also meets addresses that no name was asked for, and a
name whose answer has changed since the endpoint was made. It must never be given a proxy: a proxy resolves by itself.
"""

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.connector import Connection

from webhooks.egress.addresses import Refused
from webhooks.egress.targets import Lookup, Targets, check_url, judge_sockaddr, resolve

# Threads that wait for name servers; their own, so that a slow one holds up nothing else of the worker.
_LOOKUPS: Final = 32


class GuardedResolver(AbstractResolver):
    """Asks the system once for each connect and refuses a host with any address that may not be gone to."""

    def __init__(self, targets: Targets, lookup: Lookup = socket.getaddrinfo) -> None:
        self._targets = targets
        self._lookup = lookup
        self._threads = ThreadPoolExecutor(max_workers=_LOOKUPS, thread_name_prefix="webhook-host")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(self._threads, resolve, host, port, self._targets, self._lookup)
        return [
            ResolveResult(
                hostname=host,
                host=sockaddr[0],
                port=sockaddr[1],
                family=address_family,
                proto=protocol,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for address_family, _, protocol, _, sockaddr in found
        ]

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


class GuardedConnector(aiohttp.TCPConnector):
    """Judges the URL of each request again, also where a connection is kept: what is allowed may have changed."""

    def __init__(self, targets: Targets, **options: Any) -> None:
        super().__init__(**options)
        self._targets = targets

    async def connect(self, req: aiohttp.ClientRequest, *arguments: Any, **named: Any) -> Connection:
        try:
            check_url(str(req.url), self._targets)
        except Refused as refused:
            raise aiohttp.ClientConnectorError(req.connection_key, refused) from refused
        return await super().connect(req, *arguments, **named)


def guarded_connector(
    targets: Targets, *, lookup: Lookup = socket.getaddrinfo, **options: Any
) -> aiohttp.TCPConnector:
    """A connector for one client session; `options` are the others of aiohttp's TCPConnector.

    A refused target surfaces as aiohttp.ClientConnectorError with the `Refused` in its `os_error`.
    """
    return GuardedConnector(targets, **guards(targets, lookup), **options)


def guards(targets: Targets, lookup: Lookup = socket.getaddrinfo) -> dict[str, Any]:
    """What stands between a host and its connection: the resolver, and the check where the socket is made."""

    def guarded_socket(address_info: tuple[Any, ...]) -> socket.socket:
        family, kind, protocol, _, sockaddr = address_info
        judge_sockaddr(sockaddr, targets)
        return socket.socket(family, kind, protocol)

    return {
        "resolver": GuardedResolver(targets, lookup),
        "use_dns_cache": False,
        "socket_factory": guarded_socket,
    }
