"""The middleware that people in a browser need, kept away from calls of the API with a key; failures of their pages.

Sessions, CSRF and messages cost a call more than its decision does, and a key has no use for them. Outside of the API
a key means nothing: pages always get their session.
"""

import sys
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import structlog
from django.conf import settings
from django.core.signals import got_request_exception
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.utils.module_loading import import_string

from ratel.problem import logged_refusal_of
from ratel.requests import is_for_api

log = structlog.get_logger(__name__)


class PeopleMiddleware:
    """Runs `settings.RATEL_PEOPLE_MIDDLEWARE` for every request but calls of the API with a key."""

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
        if _is_call_with_key(request):
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
        if _is_call_with_key(request):
            return None
        for hook in self.view_hooks:
            answer = hook(request, view, arguments, named)
            if answer is not None:
                return answer
        return None


def _is_call_with_key(request: HttpRequest) -> bool:
    return "HTTP_X_API_KEY" in request.META and is_for_api(request)


@receiver(got_request_exception, dispatch_uid="ratel.people.log_failure")
def log_failure(**_: Any) -> None:
    """Logs what no view answered for, pages above all, as failures of the API are logged: no path, no message."""
    error = sys.exc_info()[1]
    if not isinstance(error, Exception):
        return
    if logged_refusal_of(error).status < HTTPStatus.INTERNAL_SERVER_ERROR:
        # Expected by the API and unknown to pages, which answer 500 to it.
        log.error("request_failed", status=500, error=type(error).__name__)
