"""The middleware that people in a browser need, kept away from calls with an API key.

Sessions, CSRF and messages cost a call more than its decision does, and a key has no use for them.
"""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.module_loading import import_string


class PeopleMiddleware:
    """Runs `settings.RATEL_PEOPLE_MIDDLEWARE` for every request that brings no API key."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.direct = get_response
        self.view_hooks: list[Callable[..., HttpResponse | None]] = []
        chain: Any = get_response
        for name in reversed(settings.RATEL_PEOPLE_MIDDLEWARE):
            chain = import_string(name)(chain)
            if hasattr(chain, "process_view"):
                self.view_hooks.insert(0, chain.process_view)
        self.with_session = chain

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "HTTP_X_API_KEY" in request.META:
            return self.direct(request)
        response: HttpResponse = self.with_session(request)
        return response

    def process_view(
        self,
        request: HttpRequest,
        view: Callable[..., HttpResponse],
        arguments: list[Any],
        named: dict[str, Any],
    ) -> HttpResponse | None:
        """The chain's own view hooks (the CSRF check is one), which Django calls on listed middleware only."""
        if "HTTP_X_API_KEY" in request.META:
            return None
        for hook in self.view_hooks:
            answer = hook(request, view, arguments, named)
            if answer is not None:
                return answer
        return None
