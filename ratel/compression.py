"""Pages, scripts and styles go out compressed where the browser takes that; files that people download do not.

A page says a token for its forms, freshly masked each time, and Django adds a random length to each answer: what is
guessed into a page cannot be read from how small it becomes.
"""

from typing import Final

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

_COMPRESSED: Final = ("text/html", "text/css", "text/javascript", "text/csv", "image/svg+xml")


class CompressionMiddleware(GZipMiddleware):
    """Stands before what answers pages and static files."""

    def process_request(self, request: HttpRequest) -> None:
        """A compressed answer has a weak tag, and `If-None-Match` compares weakly; whoever serves files does not."""
        tag = request.META.get("HTTP_IF_NONE_MATCH", "")
        if tag.startswith("W/"):
            request.META["HTTP_IF_NONE_MATCH"] = tag.removeprefix("W/")

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        kind = response.headers.get("Content-Type", "").partition(";")[0]
        if response.status_code == 200 and kind in _COMPRESSED:
            return super().process_response(request, response)
        return response
