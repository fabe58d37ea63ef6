"""What the views of all resources share: who calls, which methods there are, and how a small body is read."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any, ClassVar, Final

from rest_framework.request import Request
from rest_framework.views import APIView

from ratel.json import decode, read_body
from ratel.problem import Invalid, MethodNotAllowed, Problem
from ratel.requests import client_address
from teams import keys
from teams.permissions import caller_of
from teams.principal import Principal

MOST_PROBLEMS: Final = 100


class Resource(APIView):
    """`scopes` names every method that the address takes, with the scope that it needs; HEAD goes with GET."""

    scopes: ClassVar[dict[str, str]]
    http_method_names = ["get", "head", "post", "put", "patch", "delete"]
    caller: Principal

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        if ("GET" if request.method == "HEAD" else request.method) not in self.scopes:
            raise MethodNotAllowed
        super().initial(request, *args, **kwargs)
        address = client_address(request._request)
        self.caller = replace(caller_of(request), address=address)
        if self.caller.kind == "key":
            keys.note_use(self.caller, address)


def object_in(
    request: Request, *, known: Collection[str] | None = None, may_be_empty: bool = False
) -> dict[str, Any]:
    """The JSON object in the body; keys outside of `known` are refused by name, a body may be absent if it may."""
    plain = request._request
    if may_be_empty and (plain.META.get("CONTENT_LENGTH") or "0") == "0":
        return {}
    document = decode(read_body(plain))
    if not isinstance(document, dict):
        raise Invalid(errors=[Problem("", "must be a JSON object")])
    if known is not None:
        refuse([Problem(key[:128], "is not a field here") for key in document if key not in known])
    return document


def reason_in(document: Mapping[str, Any], problems: list[Problem], *, longest: int = 500) -> str:
    """Why something is done, for the audit trail: 1 to 500 characters."""
    reason = document.get("reason")
    if isinstance(reason, str) and reason.strip() and len(reason) <= longest and "\x00" not in reason:
        return reason
    problems.append(Problem("reason", f"must be text of 1 to {longest} characters"))
    return ""


def refuse(problems: list[Problem]) -> None:
    """Raises Invalid where there is a problem."""
    if problems:
        raise Invalid(errors=problems[:MOST_PROBLEMS])
