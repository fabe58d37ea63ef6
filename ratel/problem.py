"""Every failure has a named answer: problem details (RFC 9457) inside the native dialect's envelope.

One list of the project's errors, mapped to a status in one place. Nothing internal is ever in an answer.
"""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, NamedTuple

import orjson
import psycopg
import structlog
from django.core.exceptions import SuspiciousOperation
from django.db import Error as DatabaseError
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpResponse
from rest_framework import exceptions

from ratel.requests import request_id

log = structlog.get_logger(__name__)


class Problem(NamedTuple):
    """One thing wrong with an input: where (`conditions.all[1].operator`, `batch[3].amount`) and what."""

    path: str
    message: str


class Refusal(Exception):
    """An expected failure with its answer. `code` is what programs test; `detail` is for people."""

    status = 400
    code = "invalid"
    title = "The request is not valid"

    def __init__(
        self,
        detail: str = "",
        *,
        errors: Sequence[Problem] = (),
        code: str | None = None,
        extra: dict[str, Any] | None = None,
        retry_after_seconds: int | None = None,
    ) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.errors = list(errors)
        self.code = code or self.code
        self.extra = extra or {}
        self.retry_after_seconds = retry_after_seconds


class Invalid(Refusal):
    """400: missing or invalid fields; every problem is listed with its path."""


class NotJSON(Refusal):
    code = "not_json"
    title = "The body is not JSON"


class Unauthenticated(Refusal):
    """401: the key is missing, unknown, revoked or expired; the answer never says which."""

    status = 401
    code = "unauthenticated"
    title = "A valid API key is needed"


class Forbidden(Refusal):
    status = 403
    code = "forbidden"
    title = "This key or role may not do that"


class NotFound(Refusal):
    """404: unknown, or somebody else's; no difference can be told."""

    status = 404
    code = "not_found"
    title = "There is nothing here"


class MethodNotAllowed(Refusal):
    status = 405
    code = "method_not_allowed"
    title = "This address does not take that method"


class NotAcceptable(Refusal):
    status = 406
    code = "not_acceptable"
    title = "Answers are JSON only"


class Conflict(Refusal):
    """409: a state does not allow it; `extra` may name what is `allowed`."""

    status = 409
    code = "conflict"
    title = "The current state does not allow that"


class TooLarge(Refusal):
    status = 413
    code = "too_large"
    title = "The body is too large"


class WrongMediaType(Refusal):
    status = 415
    code = "unsupported_media_type"
    title = "Send application/json"


class Unprocessable(Refusal):
    status = 422
    code = "unprocessable"
    title = "The request cannot be applied"


class TooManyRequests(Refusal):
    """429: the key, or the organisation as a whole, calls too often; the answer says when to come again."""

    status = 429
    code = "too_many_requests"
    title = "Too many requests"

    def __init__(self, detail: str = "", *, retry_after_seconds: int = 1) -> None:
        super().__init__(detail, retry_after_seconds=retry_after_seconds)


class Unavailable(Refusal):
    """503: the database is away or too slow; safe to repeat with the same external id."""

    status = 503
    code = "unavailable"
    title = "Ratel cannot decide durably at this moment"

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail, retry_after_seconds=1)


class QueueFull(Unavailable):
    """503: as much waits to be decided in the background as may wait."""

    code = "queue_full"
    title = "Too much is waiting already"

    def __init__(self, detail: str = "", *, retry_after_seconds: int = 1) -> None:
        super().__init__(detail)
        self.retry_after_seconds = retry_after_seconds


class Unexpected(Refusal):
    status = 500
    code = "internal_error"
    title = "Something unexpected happened"


_FROM_FRAMEWORK: list[tuple[type[Exception], type[Refusal]]] = [
    (Http404, NotFound),
    (exceptions.NotFound, NotFound),
    (exceptions.NotAuthenticated, Unauthenticated),
    (exceptions.AuthenticationFailed, Unauthenticated),
    (exceptions.PermissionDenied, Forbidden),
    (exceptions.MethodNotAllowed, MethodNotAllowed),
    (exceptions.NotAcceptable, NotAcceptable),
    (exceptions.UnsupportedMediaType, WrongMediaType),
    (exceptions.ParseError, NotJSON),
    # Such as a query of thousands of parameters, which Django refuses to read.
    (SuspiciousOperation, Invalid),
]


def is_unavailable(error: BaseException) -> bool:
    """True where the database, not the request, is at fault and trying again may help."""
    cause = error.__cause__ if isinstance(error, DatabaseError) else error
    return isinstance(error, OperationalError | InterfaceError) or isinstance(
        cause, psycopg.OperationalError | psycopg.InterfaceError
    )


def refusal_of(error: Exception) -> Refusal:
    """The answer that an exception stands for."""
    if isinstance(error, Refusal):
        return error
    for kind, refusal in _FROM_FRAMEWORK:
        if isinstance(error, kind):
            return refusal()
    if is_unavailable(error):
        return Unavailable()
    return Unexpected()


def logged_refusal_of(error: Exception) -> Refusal:
    """The same, and a line in the log where the fault is ours."""
    refusal = refusal_of(error)
    if refusal.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        # The traceback names code, never values: messages of drivers can quote what was sent.
        log.error("request_failed", status=refusal.status, error=type(error).__name__, where=_where(error))
    return refusal


def envelope(refusal: Refusal) -> dict[str, Any]:
    """`{"ok": false, "error": {...}}` as api.md prints it."""
    error: dict[str, Any] = {
        "type": f"/problems/{refusal.code}",
        "title": refusal.title,
        "status": refusal.status,
        "detail": refusal.detail,
        "code": refusal.code,
        "errors": [{"path": problem.path, "message": problem.message} for problem in refusal.errors],
        "requestId": request_id(),
    }
    error.update(refusal.extra)
    return {"ok": False, "error": error}


def headers_of(refusal: Refusal) -> dict[str, str]:
    if refusal.retry_after_seconds is not None:
        return {"Retry-After": str(refusal.retry_after_seconds)}
    return {"WWW-Authenticate": "ApiKey"} if refusal.status == HTTPStatus.UNAUTHORIZED else {}


def exception_handler(error: Exception, context: dict[str, Any] | None = None) -> HttpResponse:
    """The answer to whatever a view raised; Django REST framework calls it too."""
    refusal = logged_refusal_of(error)
    return HttpResponse(
        orjson.dumps(envelope(refusal)),
        status=refusal.status,
        content_type="application/json",
        headers=headers_of(refusal),
    )


def _where(error: BaseException) -> list[str]:
    frames = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        frames.append(f"{code.co_filename.rpartition('/')[2]}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return frames[-8:]
