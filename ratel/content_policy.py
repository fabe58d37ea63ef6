"""What a browser may load for our pages: what comes from here, nothing inline, nothing from another host, and no script
but those that the page itself names.

A file from here that the page does not name, such as one that somebody attached to a case, is no script either:
scripts carry a nonce that is new with every answer (docs/decisions/0011-content-policy.md).
"""

import secrets
from collections.abc import Callable
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

_NONCE_BYTES: Final = 16
_ATTRIBUTE: Final = "_content_nonce"
_POLICY: Final = (
    "default-src 'self'; script-src {scripts}; object-src 'none'; base-uri 'none'; form-action 'self';"
    " frame-ancestors 'none'"
)


def nonce_of(request: HttpRequest) -> str:
    """The nonce of this request's answer, made when it is first asked for."""
    if not hasattr(request, _ATTRIBUTE):
        setattr(request, _ATTRIBUTE, secrets.token_urlsafe(_NONCE_BYTES))
    nonce: str = getattr(request, _ATTRIBUTE)
    return nonce


def content_nonce(request: HttpRequest) -> dict[str, Any]:
    """For templates: `nonce="{{ content_nonce }}"`."""
    return {"content_nonce": SimpleLazyObject(lambda: nonce_of(request))}


class ContentPolicyMiddleware:
    """Adds the header to every answer that does not bring a policy of its own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        # A page that named no script runs none.
        scripts = f"'nonce-{nonce_of(request)}'" if hasattr(request, _ATTRIBUTE) else "'none'"
        response.headers.setdefault("Content-Security-Policy", _POLICY.format(scripts=scripts))
        return response
