"""The short way for the calls that count: from the server's environ to the view and back, without the framework.

Django's request, resolver, signals and response cost a decision more than its layers do. Calls with an API key to one
of `settings.RATEL_DIRECT_CALLS` take this way; everything else, and the same addresses with a session, goes
through Django, to the same functions. Request id, record, plain-HTTP rule and errors are the same.
"""

import time
from collections.abc import Callable, Iterable
from functools import cached_property
from http import HTTPStatus
from typing import Any

import orjson
from django.conf import settings
from django.http import QueryDict
from django.utils.module_loading import import_string

from ratel import versions
from ratel.json import encode
from ratel.problem import envelope, headers_of, logged_refusal_of
from ratel.requests import API_HEADERS, answering, record_call

StartResponse = Callable[[str, list[tuple[str, str]]], Any]
Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


class DirectCall:
    """As much of a request as the views of the hot path read. `caller` is set by whoever authenticates it."""

    method = "POST"

    def __init__(self, environ: dict[str, Any]) -> None:
        self.META = environ
        self.caller: str | None = None
        # What whoever looked at the call has to say with the answer, whatever that is.
        self.answer_headers: dict[str, str] = {}

    @cached_property
    def GET(self) -> QueryDict:  # noqa: N802 - Django's name
        return QueryDict(self.META.get("QUERY_STRING", ""))

    def read(self, size: int, /) -> bytes:
        body: bytes = self.META["wsgi.input"].read(size)
        return body


View = Callable[[DirectCall], dict[str, Any]]


class DirectCalls:
    """The WSGI application: short for the direct calls, Django for the rest."""

    def __init__(self, django: Application) -> None:
        self.django = django
        self.views: dict[str, View] = {
            path: import_string(name) for path, name in settings.RATEL_DIRECT_CALLS.items()
        }

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        view = self.views.get(environ["PATH_INFO"])
        if view is None or not _is_direct(environ):
            return self.django(environ, start_response)
        started = time.perf_counter()
        call = DirectCall(environ)
        with answering() as identifier:
            status, body, headers = _answer(view, call)
            record_call(
                call,
                method="POST",
                route=environ["PATH_INFO"].lstrip("/"),
                status=status,
                caller=call.caller,
                started=started,
            )
        sent = [
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(body))),
            ("X-Request-Id", identifier),
            *API_HEADERS.items(),
            *headers,
            *call.answer_headers.items(),
            *versions.headers_of(environ["PATH_INFO"]).items(),
        ]
        start_response(f"{status} {HTTPStatus(status).phrase}", sent)
        return [body]


def _is_direct(environ: dict[str, Any]) -> bool:
    """A POST with a key, and over HTTPS where plain HTTP is refused (Django says so then)."""
    if environ["REQUEST_METHOD"] != "POST" or "HTTP_X_API_KEY" not in environ:
        return False
    if "HTTP_PREFER" in environ:
        # Whoever prefers another way of being answered is answered by the view.
        return False
    return not settings.RATEL_REFUSE_PLAIN_HTTP or environ["wsgi.url_scheme"] == "https"


def _answer(view: View, call: DirectCall) -> tuple[int, bytes, list[tuple[str, str]]]:
    try:
        return 200, encode(view(call)), []
    except Exception as error:
        refusal = logged_refusal_of(error)
        return refusal.status, orjson.dumps(envelope(refusal)), list(headers_of(refusal).items())
