"""What a caller may do: each view names the scope of each of its methods; who lacks it gets 403."""

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from ratel.problem import Forbidden, MethodNotAllowed, Unauthenticated
from teams.principal import Principal


def caller_of(request: Request) -> Principal:
    """The authenticated caller of a request; raises Unauthenticated where there is none."""
    principal: Any = request.user
    if not isinstance(principal, Principal):
        raise Unauthenticated
    return principal


def require_scope(principal: Principal, scope: str) -> None:
    """Raises Forbidden where the caller lacks the scope."""
    if not principal.may(scope):
        raise Forbidden(f"The scope {scope} is needed")


class HasScope(BasePermission):
    """Reads `scopes = {"GET": "read", "POST": "write"}` of the view; a method without an entry is nobody's."""

    def has_permission(self, request: Request, view: Any) -> bool:
        principal = caller_of(request)
        method = "GET" if request.method == "HEAD" else request.method or ""
        if method not in view.scopes:
            raise MethodNotAllowed
        require_scope(principal, view.scopes[method])
        return True
