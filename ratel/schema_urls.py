"""The OpenAPI document and its browser, served from here alone and open to everybody: they hold nobody's data."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

import orjson
from django.http import HttpRequest, HttpResponse
from django.templatetags.static import static
from django.urls import path
from django.utils.html import format_html
from django.views.decorators.csrf import csrf_exempt
from drf_spectacular.generators import SchemaGenerator

from ratel.content_policy import nonce_of
from ratel.problem import MethodNotAllowed, envelope

View = Callable[[HttpRequest], HttpResponse]
_READS: Final = ("GET", "HEAD")
# The browser needs its own scripts and styles, the pictures inside its styles, and the API.
_CONTENT_POLICY: Final = (
    "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_PAGE: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Ratel API</title>
<link rel="icon" href="{}">
<link rel="stylesheet" href="{}">
</head>
<body>
<div id="swagger-ui"></div>
<script nonce="{nonce}" src="{}"></script>
<script nonce="{nonce}" src="docs.js"></script>
</body>
</html>
"""
_SCRIPT: Final = """"use strict";
SwaggerUIBundle({
  url: "schema",
  dom_id: "#swagger-ui",
  deepLinking: true,
  presets: [SwaggerUIBundle.presets.apis],
  validatorUrl: null,
});
"""


@lru_cache(maxsize=1)
def document() -> bytes:
    """The document as JSON, written once per process: the code that it describes does not change under it."""
    generator: Any = SchemaGenerator()  # type: ignore[no-untyped-call]  # the package has no types
    return orjson.dumps(generator.get_schema(request=None, public=True))


def read_only(view: View) -> View:
    """Refuses every method but GET and HEAD as the API does."""

    def answer(request: HttpRequest) -> HttpResponse:
        if request.method in _READS:
            return view(request)
        refusal = MethodNotAllowed()
        content = orjson.dumps(envelope(refusal))
        headers = {"Allow": ", ".join(_READS)}
        return HttpResponse(content, status=refusal.status, content_type="application/json", headers=headers)

    # Nothing here changes anything, so a wrong method is a 405 rather than a page about CSRF.
    return csrf_exempt(answer)


@read_only
def schema(request: HttpRequest) -> HttpResponse:
    """JSON, with or without `?format=json`."""
    return HttpResponse(document(), content_type="application/json")


@read_only
def docs(request: HttpRequest) -> HttpResponse:
    """The document in a browser, under a strict content policy."""
    folder = "drf_spectacular_sidecar/swagger-ui-dist/"
    names = ("favicon-32x32.png", "swagger-ui.css", "swagger-ui-bundle.js")
    nonce = nonce_of(request)
    page = format_html(_PAGE, *[static(folder + name) for name in names], nonce=nonce)
    return HttpResponse(page, headers={"Content-Security-Policy": _CONTENT_POLICY.format(nonce=nonce)})


@read_only
def docs_script(request: HttpRequest) -> HttpResponse:
    return HttpResponse(_SCRIPT, content_type="text/javascript")


urlpatterns = [
    path("schema", schema, name="schema"),
    path("docs", docs, name="docs"),
    path("docs.js", docs_script),
]
