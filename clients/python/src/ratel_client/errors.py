"""What can go wrong, one class for each answer that a program treats differently."""

from collections.abc import Mapping
from typing import Any

from ratel_client.results import Problem


class RatelError(Exception):
    """An answer that is no result, or no answer at all (`status` is None then). `request_id` is what to quote."""

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        code: str = "",
        problems: tuple[Problem, ...] = (),
        request_id: str = "",
        retry_after_seconds: float | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.problems = problems
        self.request_id = request_id
        self.retry_after_seconds = retry_after_seconds


class Invalid(RatelError):
    """400, 413, 415: the request is wrong; `problems` names every field."""


class Unauthenticated(RatelError):
    """401: the key is missing, unknown, revoked or expired."""


class Forbidden(RatelError):
    """403: the key lacks the scope, or the address may not use it."""


class NotFound(RatelError):
    """404: unknown, or somebody else's."""


class Unprocessable(RatelError):
    """422: the external id was used for another body, or the payload does not follow its schema."""


class RateLimited(RatelError):
    """429, after every retry."""


class Unavailable(RatelError):
    """5xx or no answer, after every retry. Sending it again with the same external id is safe."""


class Unreadable(RatelError):
    """A good status with a body that Ratel does not send: something else answers at this address."""


_OF_STATUS: Mapping[int, type[RatelError]] = {
    400: Invalid,
    401: Unauthenticated,
    403: Forbidden,
    404: NotFound,
    413: Invalid,
    415: Invalid,
    422: Unprocessable,
    429: RateLimited,
}


def error_of(status: int, document: Any, request_id: str, retry_after_seconds: float | None) -> RatelError:
    """The error that an answer stands for, in whichever dialect's shape it comes."""
    kind = _OF_STATUS.get(status, Unavailable if status >= 500 else RatelError)
    body = document if isinstance(document, dict) else {}
    inner = body.get("error")
    if isinstance(inner, dict):
        message, code, listed = (
            inner.get("detail") or inner.get("title"),
            inner.get("code"),
            inner.get("errors"),
        )
    else:
        message, code, listed = body.get("message"), inner or body.get("code"), body.get("details")
    problems = tuple(
        Problem(str(one.get("path", one.get("key", ""))), str(one.get("message", one.get("expected", ""))))
        for one in (listed if isinstance(listed, list) else [])
        if isinstance(one, dict)
    )
    return kind(
        f"{status}: {message or 'no explanation'}",
        status=status,
        code=str(code or ""),
        problems=problems,
        request_id=request_id,
        retry_after_seconds=retry_after_seconds,
    )
