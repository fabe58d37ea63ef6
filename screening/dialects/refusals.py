"""The shape of an error in the dialects that have none of their own in print: code, message, every problem, an id."""

from typing import Any

from ratel.problem import Refusal
from ratel.requests import request_id


def render(refusal: Refusal) -> dict[str, Any]:
    """`{"error": CODE, "message", "details": [{"path", "message"}], "requestId"}`; codes are the native dialect's."""
    return {
        "error": refusal.code,
        "message": refusal.detail,
        "details": [{"path": problem.path, "message": problem.message} for problem in refusal.errors],
        "requestId": request_id(),
        **refusal.extra,
    }
