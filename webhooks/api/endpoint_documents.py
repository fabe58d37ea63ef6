"""What the OpenAPI document says of `/api/webhook-endpoints`."""

from typing import Any, Final

from ratel import problem
from ratel.schema import (
    PAGING,
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
from webhooks.api.fields import LONGEST_DESCRIPTION
from webhooks.egress.targets import LONGEST_URL
from webhooks.events import NAMES
from webhooks.events.event import MOMENT, identifier
from webhooks.models import Endpoint
from webhooks.selectors import ENDPOINT as ENDPOINT_PREFIX
from webhooks.services import (
    LARGEST_CONCURRENCY,
    LARGEST_RATE,
    LONGEST_OVERLAP,
    USUAL_CONCURRENCY,
    USUAL_OVERLAP,
)

TAG: Final = "webhooks"
SCOPE: Final = "webhooks"
NO_BODY: Final = closed({})
_SAID: Final[dict[str, Any]] = {
    "url": {
        "type": "string",
        "minLength": 1,
        "maxLength": LONGEST_URL,
        "description": "https to a host of the public internet; judged now and at every connect",
    },
    "description": {"type": "string", "maxLength": LONGEST_DESCRIPTION},
    "events": {"type": "array", "items": {"enum": list(NAMES)}, "maxItems": len(NAMES), "uniqueItems": True},
    "schedule": {
        "enum": list(Endpoint.Schedule.values),
        "description": "standard: 5 attempts within 155 seconds; extended: 10 attempts over 24 hours",
    },
    "ratePerSecond": nullable(
        {
            "type": "integer",
            "minimum": 1,
            "maximum": LARGEST_RATE,
            "description": "null: as fast as it answers",
        }
    ),
    "concurrencyLimit": {
        "type": "integer",
        "minimum": 1,
        "maximum": LARGEST_CONCURRENCY,
        "description": f"How many deliveries are under way at once; {USUAL_CONCURRENCY} unless said otherwise",
    },
    "confidential": {
        "type": "boolean",
        "description": "Whether it is told of reports (sar.*); only an officer, or a key with reports.read, says so",
    },
}
_FIELDS: Final[dict[str, Any]] = {
    "id": identifier(ENDPOINT_PREFIX),
    **_SAID,
    "status": {"enum": list(Endpoint.Status.values)},
    "pauseReason": nullable({"enum": list(Endpoint.PauseReason.values)}),
    "pausedAt": nullable(MOMENT),
    "health": {
        **nullable(
            closed(
                {
                    "breaker": {"enum": list(Endpoint.Breaker.values)},
                    "failingSince": nullable(MOMENT),
                    "lastSuccessAt": nullable(MOMENT),
                }
            )
        ),
        "description": "null where the endpoint is confidential and the caller may not see reports",
    },
    "previousSecretUntil": nullable(
        {**MOMENT, "description": "Until then the secret before this one signs too"}
    ),
    "createdAt": MOMENT,
    "updatedAt": MOMENT,
}
_SECRET: Final = {
    "type": "string",
    "pattern": "^whsec_[A-Za-z0-9+/]{43}=$",
    "description": "Shown in this answer and never again",
}
ENDPOINT: Final = define("WebhookEndpoint", closed(_FIELDS))
WITH_SECRET: Final = define("WebhookEndpointWithSecret", closed({**_FIELDS, "secret": _SECRET}))
NEW_ENDPOINT: Final = define(
    "NewWebhookEndpoint", closed(_SAID, optional=[name for name in _SAID if name not in {"url", "events"}])
)
CHANGE: Final = define("WebhookEndpointChange", closed(_SAID, optional=list(_SAID)))
ENDPOINT_ID: Final = path_parameter("endpoint_id", ENDPOINT_PREFIX, "The endpoint")
_EXAMPLE: Final = {
    "url": "https://hooks.bank.example/ratel",
    "events": ["alert.created", "case.created", "case.resolved"],
    "schedule": "standard",
}


def _step(identity: str, summary: str, **more: Any) -> Operation:
    """An action on one endpoint; most need no body."""
    said: dict[str, Any] = {
        "body": NO_BODY,
        "body_is_required": False,
        "answer": envelope(ENDPOINT),
        "errors": (problem.NotFound,),
        "scope": SCOPE,
        **more,
    }
    return Operation(id=identity, summary=summary, tag=TAG, parameters=[ENDPOINT_ID], **said)


list_endpoints = documented(
    Operation(
        id="listWebhookEndpoints",
        summary="The team's endpoints, the newest first; reports.read may look too",
        tag=TAG,
        scope=SCOPE,
        parameters=[
            query("status", {"enum": list(Endpoint.Status.values)}, "Only endpoints of this status"),
            *PAGING,
        ],
        answer=listing(ENDPOINT),
        errors=(problem.Invalid,),
    )
)
create = documented(
    Operation(
        id="createWebhookEndpoint",
        summary="A new endpoint, with its secret, which is shown now and never again",
        tag=TAG,
        scope=SCOPE,
        body=NEW_ENDPOINT,
        body_examples={"usual": _EXAMPLE},
        status=201,
        answer=envelope(WITH_SECRET),
        errors=(problem.Conflict,),
    )
)
show = documented(_step("getWebhookEndpoint", "One endpoint; reports.read may look too", body=None))
update = documented(
    _step(
        "updateWebhookEndpoint",
        "Changes the fields that are given",
        body=CHANGE,
        body_examples={"slower": {"ratePerSecond": 20, "concurrencyLimit": 2}},
        body_is_required=True,
    )
)
delete = documented(
    _step(
        "deleteWebhookEndpoint",
        "Nothing is sent there any more; its deliveries and dead letters go with it",
        body=None,
        answer=envelope(closed({"id": identifier(ENDPOINT_PREFIX)})),
    )
)
mark = documented(
    _step(
        "markWebhookEndpointConfidential",
        "An officer says whether the endpoint is told of reports",
        scope="reports.read",
        body=closed({"confidential": {"type": "boolean"}}),
        body_examples={"usual": {"confidential": True}},
        body_is_required=True,
    )
)
rotate = documented(
    _step(
        "rotateWebhookEndpointSecret",
        "A new secret, shown now and never again; until the overlap is over both sign",
        body=closed(
            {
                "overlapSeconds": {
                    "type": "integer",
                    "minimum": 0,
                    "maximum": int(LONGEST_OVERLAP.total_seconds()),
                    "default": int(USUAL_OVERLAP.total_seconds()),
                }
            },
            optional=["overlapSeconds"],
        ),
        body_examples={"anHour": {"overlapSeconds": 3_600}},
        answer=envelope(WITH_SECRET),
    )
)
pause = documented(_step("pauseWebhookEndpoint", "Events wait until the endpoint is resumed"))
resume = documented(_step("resumeWebhookEndpoint", "Sends what has waited, and goes on"))
