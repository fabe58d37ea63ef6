"""JSON in and out of the API: exact, fast, limited in size and depth."""

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

import orjson
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer

from ratel.problem import NotJSON, TooLarge, WrongMediaType
from ratel.requests import Incoming

SINGLE_BYTES: Final = 1024 * 1024
BATCH_BYTES: Final = 16 * 1024 * 1024
_SPACE_BEFORE_COLON: Final = re.compile(rb'"[ \t\r\n]+:')


def read_body(request: Incoming, *, limit_bytes: int = SINGLE_BYTES) -> bytes:
    """The raw body of a JSON request, refused by name when it is too large or not JSON."""
    kind = request.META.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
    if kind != "application/json" and not kind.endswith("+json"):
        raise WrongMediaType("The Content-Type must be application/json")
    length = request.META.get("CONTENT_LENGTH") or "0"
    if length.isdigit() and int(length) > limit_bytes:
        raise TooLarge(f"At most {limit_bytes} bytes are read here")
    body: bytes = _stream(request).read(limit_bytes + 1)
    if len(body) > limit_bytes:
        raise TooLarge(f"At most {limit_bytes} bytes are read here")
    return body


def _stream(request: Incoming) -> Any:
    """Django reads nothing without a length; a body sent in chunks has none, and the server knows where it ends."""
    has_end = request.META.get("wsgi.input_terminated") and not request.META.get("CONTENT_LENGTH")
    return request.META["wsgi.input"] if has_end else request


def decode(body: bytes) -> Any:
    """The decoded body; refuses what is not UTF-8 JSON, lone surrogates, NaN, more than 1,024 levels of nesting, and
    a key given twice: another reader of the same body would take the other value."""
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise NotJSON(
            f"The body is not JSON: {error.msg} at line {error.lineno}, column {error.colno}"
        ) from None
    try:
        if _may_repeat_a_key(body, document):
            json.loads(body, object_pairs_hook=_without_repetition)
    except RecursionError:
        raise NotJSON("The body nests too deep") from None
    return document


def _may_repeat_a_key(body: bytes, document: Any) -> bool:
    """False where counting shows that every key in the text is in the document: a quote before a colon ends a key,
    unless a text holds an escaped quote or blanks come between, and then a closer look is needed."""
    if b'\\"' in body or _SPACE_BEFORE_COLON.search(body):
        return True
    return body.count(b'":') != _count_of_keys(document)


def _count_of_keys(value: Any) -> int:
    if isinstance(value, dict):
        return len(value) + sum(
            [_count_of_keys(one) for one in value.values() if isinstance(one, dict | list)]
        )
    if isinstance(value, list):
        return sum([_count_of_keys(one) for one in value if isinstance(one, dict | list)])
    return 0


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise NotJSON("An object of the body has a key twice", code="repeated_key")
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def encode(document: Any) -> bytes:
    """Compact JSON; a Decimal that is whole becomes an integer."""
    return orjson.dumps(document, default=_plain)


class JSONParser(BaseParser):
    media_type = "application/json"

    def parse(
        self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        request = (parser_context or {})["request"]
        return decode(read_body(getattr(request, "_request", request)))


class JSONRenderer(BaseRenderer):
    media_type = "application/json"
    format = "json"
    charset = None

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        return b"" if data is None else encode(data)


class OnlyJSON(BaseContentNegotiation):
    """Answers are JSON whatever the caller says it accepts."""

    def select_parser(self, request: Any, parsers: Any) -> Any:
        return parsers[0]

    def select_renderer(self, request: Any, renderers: Any, format_suffix: Any = None) -> Any:
        return renderers[0], renderers[0].media_type
