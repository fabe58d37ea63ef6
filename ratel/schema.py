"""How the OpenAPI document is written: each method of a view carries its `Operation`, and what all share is added here.

An operation says what its view does and nothing else: bodies come from the structs that decode them, answers are
closed (a field that is not named is a mistake), errors are the project's own list of refusals. A method without one is
not part of the public API. This module knows no domain; apps name their schemas with `define`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final, TypeVar

from drf_spectacular.openapi import AutoSchema

from ratel import problem, versions
from ratel.pages import LARGEST_PAGE, LONGEST_VALUE, USUAL_PAGE

View = TypeVar("View", bound=Callable[..., Any])
Document = dict[str, Any]

_SCHEMAS: Final[dict[str, Document]] = {}
_FILE: Final[Document] = {"type": "string", "format": "binary"}
REQUEST_ID: Final[Document] = {
    "X-Request-Id": {
        "description": "An id to quote when something is unclear",
        "schema": {"type": "string", "pattern": "^req_[0-9A-Z]{26}$"},
    }
}
# Of every answer to a key that is limited, in the words of draft-ietf-httpapi-ratelimit-headers-10.
RATE_LIMIT: Final[Document] = {
    "RateLimit": {
        "description": "Of each policy, how many calls are left now (r) and in how many seconds it is full again (t)",
        "schema": {"type": "string"},
    },
    "RateLimit-Policy": {
        "description": "How many calls at once (q), and the seconds in which so many come back (w)",
        "schema": {"type": "string"},
    },
}
ALWAYS: Final[tuple[type[problem.Refusal], ...]] = (
    problem.Unauthenticated,
    problem.Forbidden,
    problem.MethodNotAllowed,
    problem.Unexpected,
    problem.Unavailable,
)
# How a caller is known whose calls are limited.
LIMITED: Final = frozenset({"apiKey", "token"})
WITH_BODY: Final[tuple[type[problem.Refusal], ...]] = (
    problem.Invalid,
    problem.TooLarge,
    problem.WrongMediaType,
)


@dataclass(frozen=True)
class Operation:
    """One method of one address. `answer` and `body` are schemas; `errors` those beside what every operation has.

    `other_answers` are answers by status that are no refusals, None where they have no body; `refusal` is the schema of
    errors where a dialect has its own.
    """

    id: str
    summary: str
    tag: str
    scope: str
    answer: Document
    answer_examples: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200
    body: Document | None = None
    body_is_required: bool = True
    body_examples: Mapping[str, Any] = field(default_factory=dict)
    parameters: Sequence[Document] = ()
    errors: tuple[type[problem.Refusal], ...] = ()
    other_answers: Mapping[int, Document | None] = field(default_factory=dict)
    # What answers of a status carry beside what all do.
    headers: Mapping[int, Document] = field(default_factory=dict)
    refusal: Document | None = None
    # How the caller shows who they are: one of the schemes at the end of this module.
    security: str = "apiKey"
    # Media types of the same answer as a file.
    files: Sequence[str] = ()


def documented(operation: Operation) -> Callable[[View], View]:
    """Names what a method of a view does; the method stays as it is."""

    def mark(method: View) -> View:
        method.operation = operation  # type: ignore[attr-defined]  # read back by Schema below
        return method

    return mark


def define(name: str, schema: Document) -> Document:
    """Gives a schema a name in the document; returns the reference to it."""
    _SCHEMAS[name] = schema
    return reference(name)


def reference(name: str) -> Document:
    return {"$ref": f"#/components/schemas/{name}"}


def closed(properties: Document, *, optional: Sequence[str] = ()) -> Document:
    """An object with exactly these properties."""
    return {
        "type": "object",
        "properties": properties,
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
    }


def nullable(schema: Document) -> Document:
    return {"anyOf": [schema, {"type": "null"}]}


def envelope(data: Document, *, optional: Mapping[str, Document] | None = None) -> Document:
    """`{"ok": true, "data": ...}`"""
    more = dict(optional or {})
    return closed({"ok": {"const": True}, "data": data, **more}, optional=list(more))


def listing(item: Document) -> Document:
    """The answer of a list with its cursor."""
    return closed(
        {
            "ok": {"const": True},
            "data": {"type": "array", "items": item, "maxItems": LARGEST_PAGE},
            "nextCursor": nullable({"type": "string", "pattern": "^cur_[0-9A-Z]{26}$"}),
        }
    )


def query(name: str, schema: Document, description: str) -> Document:
    return {"name": name, "in": "query", "required": False, "schema": schema, "description": description}


def header(name: str, schema: Document, description: str) -> Document:
    return {**query(name, schema, description), "in": "header"}


def location(address: str) -> Document:
    """The header that says where what was accepted can be looked at; `address` ends with the id."""
    return {
        "Location": {
            "description": f"`{address}...`",
            "required": True,
            "schema": {"type": "string", "pattern": f"^{address}"},
        }
    }


def path_parameter(name: str, prefix: str, description: str) -> Document:
    schema = {"type": "string", "pattern": f"^{prefix}_[0-9A-HJKMNP-TV-Z]{{26}}$"}
    return {"name": name, "in": "path", "required": True, "schema": schema, "description": description}


TEXT_FILTER: Final[Document] = {"type": "string", "minLength": 1, "maxLength": LONGEST_VALUE}
MOMENT_FILTER: Final[Document] = {
    "anyOf": [{"type": "string", "format": "date-time"}, {"type": "string", "format": "date"}]
}
PAGING: Final[tuple[Document, ...]] = (
    query(
        "cursor",
        {"type": "string", "pattern": "^cur_[0-7][0-9A-HJKMNP-TV-Z]{25}$"},
        "The nextCursor of an earlier answer",
    ),
    query(
        "limit",
        {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE, "default": USUAL_PAGE},
        "How many items an answer has at most",
    ),
)


class Schema(AutoSchema):
    """Writes the operation that a view's method carries."""

    def get_operation(self, path: str, path_regex: str, path_prefix: str, method: str, registry: Any) -> Any:
        operation = getattr(getattr(self.view, method.lower(), None), "operation", None)
        return None if operation is None else _written(operation)


def _written(operation: Operation) -> Document:
    document: Document = {
        "operationId": operation.id,
        "summary": operation.summary,
        "description": f"Needs the scope `{operation.scope}`." if operation.scope else "Needs no key.",
        "tags": [operation.tag],
        "security": [{operation.security: []}],
        "responses": {
            str(operation.status): _answer(operation),
            **_errors(operation),
            **{
                str(status): _other(operation, status, one) for status, one in operation.other_answers.items()
            },
        },
    }
    if operation.parameters:
        document["parameters"] = list(operation.parameters)
    if operation.body is not None:
        content: Document = {"schema": operation.body}
        if examples := operation.body_examples or _nothing_to_say(operation.body):
            content["examples"] = _examples(examples)
        document["requestBody"] = {
            "required": operation.body_is_required,
            "content": {"application/json": content},
        }
    return document


def _answer(operation: Operation) -> Document:
    content: Document = {"schema": operation.answer}
    if operation.answer_examples:
        content["examples"] = _examples(operation.answer_examples)
    return {
        "description": operation.summary,
        "headers": REQUEST_ID | operation.headers.get(operation.status, {}),
        "content": {"application/json": content} | {media: {"schema": _FILE} for media in operation.files},
    }


def _other(operation: Operation, status: int, schema: Document | None) -> Document:
    headers = REQUEST_ID | operation.headers.get(status, {})
    if schema is None:
        return {"description": HTTPStatus(status).phrase, "headers": headers}
    return {
        "description": operation.summary,
        "headers": headers,
        "content": {"application/json": {"schema": schema}},
    }


def _nothing_to_say(body: Document) -> Document:
    """The example of a body without any field."""
    return {"nothing": {}} if body == closed({}) else {}


def _examples(examples: Mapping[str, Any]) -> Document:
    return {name: {"value": value} for name, value in examples.items()}


def _errors(operation: Operation) -> Document:
    kinds = {*ALWAYS, *operation.errors, *(WITH_BODY if operation.body is not None else ())}
    if operation.security in LIMITED:
        kinds.add(problem.TooManyRequests)
    return {
        str(kind.status): _refusal(kind, operation.refusal)
        for kind in sorted(kinds, key=lambda kind: kind.status)
    }


def _refusal(kind: type[problem.Refusal], schema: Document | None) -> Document:
    if schema is None:
        return {"$ref": f"#/components/responses/{kind.__name__}"}
    return {
        "description": kind.title,
        "headers": _error_headers(kind),
        "content": {"application/json": {"schema": schema}},
    }


_REFUSAL: Final = closed(
    {
        "ok": {"const": False},
        "error": closed(
            {
                "type": {"type": "string", "pattern": "^/problems/"},
                "title": {"type": "string"},
                "status": {"type": "integer", "minimum": 400, "maximum": 599},
                "detail": {"type": "string"},
                "code": {"type": "string", "description": "What programs test"},
                "errors": {
                    "type": "array",
                    "description": "Every problem with its path, such as `conditions.all[1].operator`",
                    "items": closed({"path": {"type": "string"}, "message": {"type": "string"}}),
                },
                "requestId": {"type": "string"},
                "allowed": {
                    "type": "array",
                    "items": {"type": "string"},
                    "description": "With 409: what the current state allows",
                },
                "current": {"type": "object", "description": "With 409: what stands in the way"},
            },
            optional=["allowed", "current"],
        ),
    }
)


def _kinds(base: type[problem.Refusal] = problem.Refusal) -> list[type[problem.Refusal]]:
    """Every refusal of the project, each status once."""
    by_status = {kind.status: kind for kind in reversed(base.__subclasses__())}
    return [by_status[status] for status in sorted(by_status)]


def _error_headers(kind: type[problem.Refusal]) -> Document:
    headers = dict(REQUEST_ID)
    if kind.status == problem.Unauthenticated.status:
        headers["WWW-Authenticate"] = {"schema": {"type": "string"}}
    if kind.status == problem.TooManyRequests.status:
        headers |= RATE_LIMIT
    if kind.status in {problem.Unavailable.status, problem.TooManyRequests.status}:
        headers["Retry-After"] = {"schema": {"type": "string", "pattern": "^[0-9]+$"}}
    return headers


def _shared_answers() -> Document:
    example = {"type": "/problems/CODE", "detail": "...", "errors": [], "requestId": "req_01HXY..."}
    answers = {}
    for kind in _kinds():
        error = {**example, "type": f"/problems/{kind.code}", "title": kind.title, "code": kind.code}
        value = {"ok": False, "error": {**error, "status": kind.status}}
        answers[kind.__name__] = {
            "description": kind.title,
            "headers": _error_headers(kind),
            "content": {"application/json": {"schema": reference("Refusal"), "example": value}},
        }
    return answers


def add_common_answers(result: Document, generator: Any, request: Any, public: Any) -> Document:
    """Adds what the operations refer to: named schemas, error answers, the key."""
    key = {
        "type": "apiKey",
        "in": "header",
        "name": "X-API-Key",
        "description": "`rk_live_...`, or `rk_test_...` for the sandbox",
    }
    result["components"] = {
        "schemas": {name: _SCHEMAS[name] for name in sorted(_SCHEMAS)} | {"Refusal": _REFUSAL},
        "responses": _shared_answers(),
        "securitySchemes": {
            "apiKey": key,
            "basic": {"type": "http", "scheme": "basic", "description": "A person's e-mail and password"},
            "token": {
                "type": "apiKey",
                "in": "header",
                "name": "Authorization",
                "description": "`Token <uuid>`, from `/framl/auth/token`",
            },
        },
    }
    result["security"] = [{"apiKey": []}]
    versions.mark_deprecated(result["paths"])
    return result
