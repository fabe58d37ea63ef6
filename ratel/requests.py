"""What every request gets: an id to quote, the caller's address, no plain HTTP in production, and one log line.

The record of a call has who, what, when, from where and status; never a body, a query or a key. Answers of the API are
kept by no cache and read as nothing but what they say they are.
"""

import ipaddress
import os
import re
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final, Protocol

import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse

from ratel import versions
from ratel.identifiers import new_id, show

# Where programs are answered rather than people in a browser, each dialect under the addresses of its product.
API_PREFIXES: Final = ("/api/", "/v1/", "/stream/", "/framl/")
# What every answer of the API carries, with a key or with a session.
API_HEADERS: Final = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}
_LONGEST_HOP: Final = 128
_BRACKETED: Final = re.compile(r"\[([^\[\]]+)\](?::\d{1,5})?")
_WITH_PORT: Final = re.compile(r"([\d.]+):\d{1,5}")
_STANDARD_ERROR = 2
_RECORDING_LEVELS = frozenset({"DEBUG", "INFO"})
_request_id: ContextVar[str] = ContextVar("request_id", default="")


def request_id() -> str:
    """The id of the request being answered in this thread, `req_...`, or "" outside of one."""
    return _request_id.get()


@lru_cache(maxsize=1)
def _proxies() -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
    return tuple(ipaddress.ip_network(text) for text in settings.RATEL_TRUSTED_PROXIES)


def _is_proxy(address: str) -> bool:
    if not address:
        return False
    parsed = ipaddress.ip_address(address)
    return any(parsed in network for network in _proxies())


def is_address(text: str) -> bool:
    """Whether it is an IPv4 or IPv6 address, as it stands."""
    try:
        # Nearly every address is a plain IPv4 one, and the library in Python takes ten times as long to see that.
        socket.inet_pton(socket.AF_INET, text)
    except (OSError, ValueError):
        return _is_address(text)
    return True


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def normal_address(text: str) -> str:
    """An address in its one form, at most 39 characters, without port and zone; "" for whatever is not an address."""
    if len(text) > _LONGEST_HOP:
        return ""
    text = text.strip()
    try:
        # Nearly every address is a plain IPv4 one, which has no other form.
        socket.inet_pton(socket.AF_INET, text)
    except (OSError, ValueError):
        return _normal_address(text)
    return text


@lru_cache(maxsize=4096)
def _normal_address(text: str) -> str:
    inner = _BRACKETED.fullmatch(text) or _WITH_PORT.fullmatch(text)
    try:
        address = ipaddress.ip_address(inner[1] if inner else text)
    except ValueError:
        return ""
    if isinstance(address, ipaddress.IPv6Address):
        # The number alone: a zone belongs to the machine that saw it.
        return str(address.ipv4_mapped or ipaddress.IPv6Address(int(address)))
    return str(address)


class Incoming(Protocol):
    """What the hot path reads of a request: Django's, or the lighter one of `ratel/direct.py`."""

    @property
    def META(self) -> dict[str, Any]: ...  # noqa: N802 - Django's name

    @property
    def GET(self) -> Any: ...  # noqa: N802 - Django's name

    def read(self, size: int, /) -> bytes: ...


def client_address(request: Incoming) -> str:
    """The caller's address: the nearest hop that is not one of our proxies, "" where that is not an address.

    What stands before a hop that cannot be read is never believed: anybody could have sent it.
    """
    address = normal_address(request.META.get("REMOTE_ADDR", ""))
    if not _proxies() or not _is_proxy(address):
        return address
    for hop in reversed(request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")):
        if hop.strip():
            address = normal_address(hop)
            if not _is_proxy(address):
                break
    return address


def is_for_api(request: HttpRequest) -> bool:
    """Whether programs are answered here, rather than people in a browser."""
    return request.path_info.startswith(API_PREFIXES)


@contextmanager
def answering() -> Iterator[str]:
    """Gives what is answered inside a request id of its own."""
    identifier = show("req", new_id())
    token = _request_id.set(identifier)
    try:
        yield identifier
    finally:
        _request_id.reset(token)


def record_call(
    call: "Incoming", *, method: str | None, route: str, status: int, caller: str | None, started: float
) -> None:
    """One line per call, written at once: the general logger takes six times as long."""
    if settings.RATEL_LOG_LEVEL not in _RECORDING_LEVELS:
        return
    line = {
        "event": "call",
        "request_id": request_id(),
        "method": method,
        "route": route,
        "status": status,
        "caller": caller,
        "address": client_address(call),
        "duration_ms": round((time.perf_counter() - started) * 1000, 2),
        "level": "info",
        "timestamp": datetime.now(UTC),
    }
    os.write(_STANDARD_ERROR, orjson.dumps(line) + b"\n")


class RequestMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        with answering() as identifier:
            response = self._answer(request)
            response["X-Request-Id"] = identifier
            # What whoever looked at the call has to say with the answer, whatever that is.
            for name, value in getattr(request, "answer_headers", {}).items():
                response[name] = value
            if is_for_api(request):
                for name, value in (API_HEADERS | versions.headers_of(request.path_info)).items():
                    response.headers.setdefault(name, value)
            if request.path not in {"/healthz", "/readyz"}:
                record_call(
                    request,
                    method=request.method,
                    route=_route(request),
                    status=response.status_code,
                    caller=getattr(request, "caller", None),
                    started=started,
                )
            return response

    def _answer(self, request: HttpRequest) -> HttpResponse:
        if settings.RATEL_REFUSE_PLAIN_HTTP and not request.is_secure() and request.path != "/healthz":
            return JsonResponse(
                {"ok": False, "error": {"code": "plain_http", "status": 403, "title": "Use HTTPS"}},
                status=403,
            )
        return self.get_response(request)


def _route(request: HttpRequest) -> str:
    """The pattern, not the path: an id in a path can be somebody's."""
    match = request.resolver_match
    return match.route if match else "unknown"
