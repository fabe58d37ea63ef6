"""What the OpenAPI document says of deliveries, dead letters, and the test of an endpoint."""

from typing import Any, Final

from ratel import problem
from ratel.schema import (
    MOMENT_FILTER,
    PAGING,
    TEXT_FILTER,
    Document,
    Operation,
    closed,
    define,
    documented,
    envelope,
    listing,
    nullable,
    path_parameter,
    query,
)
from webhooks.api.endpoint_documents import ENDPOINT_ID, NO_BODY, SCOPE, TAG
from webhooks.api.fields import LONGEST_SUBJECT
from webhooks.api.serial import STATUSES
from webhooks.events import NAMES
from webhooks.events.event import MOMENT, identifier
from webhooks.selectors import DEAD_LETTER, DELIVERY, ENDPOINT, EVENT

_COUNT: Final = {"type": "integer", "minimum": 0}
_STATUS_CODE: Final = nullable({"type": "integer", "minimum": 100, "maximum": 999})
_ERROR: Final = nullable({"type": "string", "description": "Why there was no answer, in one word"})
_WHAT: Final[dict[str, Any]] = {
    "endpointId": identifier(ENDPOINT),
    "eventId": identifier(EVENT),
    "event": {"enum": list(NAMES)},
    "subject": {
        "type": "string",
        "description": "The case or alert that it is about; its events keep their order",
    },
    "sequence": {"type": "integer", "minimum": 0},
}
_DELIVERY_FIELDS: Final[dict[str, Any]] = {
    "id": identifier(DELIVERY),
    **_WHAT,
    "status": {"enum": list(STATUSES)},
    "attempts": _COUNT,
    "nextAttemptAt": nullable(MOMENT),
    "lastStatusCode": _STATUS_CODE,
    "lastError": _ERROR,
    "createdAt": MOMENT,
    "completedAt": nullable(MOMENT),
}
_ATTEMPT: Final = closed(
    {
        "number": {"type": "integer", "minimum": 1},
        "byHand": {"type": "boolean"},
        "startedAt": MOMENT,
        "durationMs": _COUNT,
        "statusCode": _STATUS_CODE,
        "error": _ERROR,
        "response": nullable({"type": "string", "description": "The first 4 KiB of the answer's body"}),
    }
)
_REQUEST: Final = closed(
    {
        "method": {"const": "POST"},
        "url": {"type": "string", "description": "As the endpoint has it now"},
        "headers": {
            "type": "object",
            "additionalProperties": {"type": "string"},
            "description": "Those that are the same at every attempt; signatures are not kept",
        },
        "body": nullable({"type": "string", "description": "The very bytes that are signed and sent"}),
    }
)
DELIVERY_SCHEMA: Final = define("WebhookDelivery", closed(_DELIVERY_FIELDS))
WHOLE_DELIVERY: Final = define(
    "WholeWebhookDelivery",
    closed({**_DELIVERY_FIELDS, "request": _REQUEST, "attemptLog": {"type": "array", "items": _ATTEMPT}}),
)
DEAD_LETTER_SCHEMA: Final = define(
    "DeadLetter",
    closed(
        {
            "id": identifier(DEAD_LETTER),
            "deliveryId": identifier(DELIVERY),
            **_WHAT,
            "attempts": _COUNT,
            "lastStatusCode": _STATUS_CODE,
            "lastError": _ERROR,
            "diedAt": MOMENT,
            "keptUntil": MOMENT,
            "replayedAt": nullable(MOMENT),
        }
    ),
)
REPLAYED: Final = envelope(
    closed(
        {
            "replayed": _COUNT,
            "hasMore": {"type": "boolean", "description": "One call takes 1,000 at most: call again"},
        }
    )
)
_REPLAY_FIELDS: Final[dict[str, Any]] = {
    "endpointId": nullable(identifier(ENDPOINT)),
    "event": nullable({"enum": list(NAMES)}),
    "subject": nullable({"type": "string", "minLength": 1, "maxLength": LONGEST_SUBJECT}),
    "since": nullable({**MOMENT, "description": "Given up at this time or later"}),
    "until": nullable({**MOMENT, "description": "Given up at this time or earlier"}),
    "withDelivered": {
        "type": "boolean",
        "description": "Also what was delivered in the last 24 hours, for a receiver that has lost it",
    },
}
_NARROWING: Final = [name for name in _REPLAY_FIELDS if name != "withDelivered"]
REPLAY: Final = define(
    "Replay",
    {
        **closed(_REPLAY_FIELDS, optional=list(_REPLAY_FIELDS)),
        "description": "At least one field must narrow what is sent again",
        "anyOf": [
            {"required": [name], "properties": {name: {"not": {"type": "null"}}}} for name in _NARROWING
        ],
    },
)
_ENDPOINT_FILTER: Final = query("endpointId", TEXT_FILTER, "Only of this endpoint")
_EVENT_FILTER: Final = query("event", {"enum": list(NAMES)}, "Only this event")


def _between(what: str) -> list[Document]:
    return [
        query("from", MOMENT_FILTER, f"{what} at this time or later; a date begins at midnight UTC"),
        query("to", MOMENT_FILTER, f"{what} at this time or earlier; a date lasts until its end"),
    ]


_FILTERS: Final = [
    _EVENT_FILTER,
    query("status", {"enum": list(STATUSES)}, "Only deliveries of this status"),
    *_between("Made"),
    *PAGING,
]


def _operation(identity: str, summary: str, **more: Any) -> Operation:
    return Operation(id=identity, summary=summary, tag=TAG, scope=SCOPE, **more)


list_deliveries = documented(
    _operation(
        "listWebhookDeliveries",
        "The team's deliveries, the newest first",
        parameters=[_ENDPOINT_FILTER, query("eventId", TEXT_FILTER, "Only of this event"), *_FILTERS],
        answer=listing(DELIVERY_SCHEMA),
        errors=(problem.Invalid,),
    )
)
list_of_endpoint = documented(
    _operation(
        "listDeliveriesOfWebhookEndpoint",
        "One endpoint's deliveries, the newest first",
        parameters=[ENDPOINT_ID, *_FILTERS],
        answer=listing(DELIVERY_SCHEMA),
        errors=(problem.Invalid, problem.NotFound),
    )
)
show = documented(
    _operation(
        "getWebhookDelivery",
        "One delivery with its request, every attempt, and what came back",
        parameters=[path_parameter("delivery_id", DELIVERY, "The delivery")],
        answer=envelope(WHOLE_DELIVERY),
        errors=(problem.NotFound,),
    )
)
retry = documented(
    _operation(
        "retryWebhookDelivery",
        "One attempt at once, which spends none of the schedule's; it stays the same delivery",
        parameters=[path_parameter("delivery_id", DELIVERY, "The delivery")],
        body=NO_BODY,
        body_is_required=False,
        status=202,
        answer=envelope(DELIVERY_SCHEMA),
        errors=(problem.NotFound, problem.Conflict),
    )
)
test = documented(
    _operation(
        "testWebhookEndpoint",
        "Sends one webhook.test to this endpoint, whatever it subscribes to",
        parameters=[ENDPOINT_ID],
        body=NO_BODY,
        body_is_required=False,
        status=202,
        answer=envelope(DELIVERY_SCHEMA),
        errors=(problem.NotFound, problem.Conflict),
    )
)
list_dead_letters = documented(
    _operation(
        "listDeadLetters",
        "What could not be delivered in the last seven days, the newest first",
        parameters=[
            _ENDPOINT_FILTER,
            _EVENT_FILTER,
            query("status", {"enum": ["open", "replayed"]}, "Only those that wait, or that were sent again"),
            *_between("Given up"),
            *PAGING,
        ],
        answer=listing(DEAD_LETTER_SCHEMA),
        errors=(problem.Invalid,),
    )
)
replay_one = documented(
    _operation(
        "replayDeadLetter",
        "Sends one dead letter again, with a whole new schedule",
        parameters=[path_parameter("dead_letter_id", DEAD_LETTER, "The dead letter")],
        body=NO_BODY,
        body_is_required=False,
        status=202,
        answer=REPLAYED,
        errors=(problem.NotFound,),
    )
)
replay_many = documented(
    _operation(
        "replayDeadLetters",
        "Sends dead letters again, the oldest first: by filter, since a time, or all of an endpoint",
        body=REPLAY,
        body_examples={"all of an endpoint": {"endpointId": "whe_01K9W800000000000000000001"}},
        status=202,
        answer=REPLAYED,
        errors=(problem.NotFound,),
    )
)
