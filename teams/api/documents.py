"""What the OpenAPI document says of `/api/keys` and `/api/usage`."""

from typing import Any, Final

from ratel import problem
from ratel.schema import (
    MOMENT_FILTER,
    PAGING,
    TEXT_FILTER,
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
from teams.api.fields import LONGEST_NAME, MOST_NETWORKS
from teams.api.serial import KEY as KEY_PREFIX
from teams.api.serial import STATUSES, USAGE
from teams.key_services import LONGEST_OVERLAP, USUAL_OVERLAP
from teams.limits.tiers import LARGEST_BURST, LARGEST_RATE, Tier
from teams.roles import SCOPES

SCOPE: Final = "admin"
MOMENT: Final = {"type": "string", "format": "date-time"}
_RATE: Final = {"type": "integer", "minimum": 1, "maximum": LARGEST_RATE}
_BURST: Final = {"type": "integer", "minimum": 1, "maximum": LARGEST_BURST}
_NETWORKS: Final = {
    "type": "array",
    "items": {"type": "string", "maxLength": 49},
    "maxItems": MOST_NETWORKS,
    "description": "Networks such as 192.0.2.0/24 that may use the key; none means any",
}
_NAME: Final = {"type": "string", "minLength": 1, "maxLength": LONGEST_NAME}
_SCOPES: Final = {"type": "array", "items": {"enum": list(SCOPES)}, "uniqueItems": True}
_TIER: Final = {
    "enum": list(Tier),
    "description": "How many calls the key may make; custom has its own numbers",
}


def _identifier(prefix: str) -> dict[str, Any]:
    return {"type": "string", "pattern": f"^{prefix}_[0-9A-HJKMNP-TV-Z]{{26}}$"}


_FIELDS: Final[dict[str, Any]] = {
    "id": _identifier(KEY_PREFIX),
    "name": _NAME,
    "prefix": {
        "type": "string",
        "pattern": "^rk_(live|test)_[0-9A-Za-z]{12}$",
        "description": "How the key begins",
    },
    "live": {"type": "boolean", "description": "false: a test key, which acts on the team's sandbox"},
    "scopes": _SCOPES,
    "allowedNetworks": _NETWORKS,
    "tier": _TIER,
    "ratePerMinute": nullable({**_RATE, "description": "null: unlimited"}),
    "burst": nullable({**_BURST, "description": "How many calls at once after a rest; null: unlimited"}),
    "status": {"enum": list(STATUSES)},
    "createdById": nullable({"type": "string", "format": "uuid", "description": "Who answers for the key"}),
    "createdAt": MOMENT,
    "expiresAt": nullable(MOMENT),
    "revokedAt": nullable(MOMENT),
    "lastUsedAt": nullable({**MOMENT, "description": "To the minute"}),
}
_TEXT: Final = {
    "type": "string",
    "pattern": "^rk_(live|test)_[0-9A-Za-z]{61}$",
    "description": "The key itself; shown in this answer and never again",
}
KEY: Final = define("ApiKey", closed(_FIELDS))
NEW_KEY: Final = define("ApiKeyWithText", closed({**_FIELDS, "key": _TEXT}))
_LIMITS: Final = {"tier": _TIER, "ratePerMinute": nullable(_RATE), "burst": nullable(_BURST)}
_CREATED: Final = {
    "name": _NAME,
    "scopes": {**_SCOPES, "minItems": 1},
    "live": {"type": "boolean", "default": True},
    **_LIMITS,
    "expiresAt": nullable(MOMENT),
    "allowedNetworks": _NETWORKS,
}
CREATE: Final = define(
    "NewApiKey", closed(_CREATED, optional=[name for name in _CREATED if name not in {"name", "scopes"}])
)
_CHANGED: Final = {"name": _NAME, **_LIMITS, "allowedNetworks": _NETWORKS}
CHANGE: Final = define("ApiKeyChange", closed(_CHANGED, optional=list(_CHANGED)))
KEY_USAGE: Final = define(
    "KeyUsage",
    closed(
        {
            "id": _identifier(USAGE),
            "keyId": nullable(_identifier(KEY_PREFIX)),
            "personId": nullable(
                {
                    "type": "string",
                    "format": "uuid",
                    "description": "Whose programs called with a token, not a key",
                }
            ),
            "day": {"type": "string", "format": "date", "description": "In UTC"},
            "calls": {"type": "integer", "minimum": 0, "description": "Admitted"},
            "rejected": {"type": "integer", "minimum": 0, "description": "Refused for being too many"},
        }
    ),
)
_KEY_ID: Final = path_parameter("key_id", KEY_PREFIX, "The key")

list_keys = documented(
    Operation(
        id="listApiKeys",
        summary="The keys of the team and of its sandbox, the newest first",
        tag="keys",
        scope=SCOPE,
        parameters=[
            query("status", {"enum": list(STATUSES)}, "Only keys of this status"),
            query("live", {"enum": ["true", "false"]}, "Only live keys, or only test keys"),
            *PAGING,
        ],
        answer=listing(KEY),
        errors=(problem.Invalid,),
    )
)
create_key = documented(
    Operation(
        id="createApiKey",
        summary="A new key with its text, which is shown now and never again",
        tag="keys",
        scope=SCOPE,
        body=CREATE,
        body_examples={
            "usual": {"name": "Core banking", "scopes": ["evaluate", "read"]},
            "limited": {
                "name": "Nightly check",
                "scopes": ["evaluate"],
                "ratePerMinute": 2_000,
                "burst": 200,
            },
        },
        status=201,
        answer=envelope(NEW_KEY),
        errors=(problem.Conflict,),
    )
)
show_key = documented(
    Operation(
        id="getApiKey",
        summary="One key, without its text",
        tag="keys",
        scope=SCOPE,
        parameters=[_KEY_ID],
        answer=envelope(KEY),
        errors=(problem.NotFound,),
    )
)
update_key = documented(
    Operation(
        id="updateApiKey",
        summary="Changes name, limits or networks; scopes are for good",
        tag="keys",
        scope=SCOPE,
        parameters=[_KEY_ID],
        body=CHANGE,
        body_examples={"tier": {"tier": "standard"}},
        answer=envelope(KEY),
        errors=(problem.NotFound, problem.Conflict),
    )
)
rotate_key = documented(
    Operation(
        id="rotateApiKey",
        summary="A new key that may do the same; the old one ends after the overlap",
        tag="keys",
        scope=SCOPE,
        parameters=[_KEY_ID],
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
        body_is_required=False,
        status=201,
        answer=envelope(NEW_KEY),
        errors=(problem.NotFound, problem.Conflict),
    )
)
revoke_key = documented(
    Operation(
        id="revokeApiKey",
        summary="Ends the key within a second",
        tag="keys",
        scope=SCOPE,
        parameters=[_KEY_ID],
        body=closed({}),
        body_is_required=False,
        answer=envelope(KEY),
        errors=(problem.NotFound,),
    )
)
list_usage = documented(
    Operation(
        id="listUsage",
        summary="How many calls each key, and each person with tokens, made, by day, the newest day first",
        tag="keys",
        scope="read",
        parameters=[
            query("keyId", TEXT_FILTER, "Only this key"),
            query("from", MOMENT_FILTER, "From this day on"),
            query("to", MOMENT_FILTER, "Up to this day"),
            *PAGING,
        ],
        answer=listing(KEY_USAGE),
        errors=(problem.Invalid,),
    )
)
