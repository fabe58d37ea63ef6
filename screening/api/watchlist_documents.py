"""What the OpenAPI document says of `/api/watchlists`."""

from typing import Any, Final

from ratel import problem
from ratel.schema import (
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
from screening.api.documents import MOMENT, identifier
from screening.services.watchlist_entries import (
    BIRTH_DATE,
    ENTITY_TYPES,
    LONGEST,
    LONGEST_NAME,
    MOST_ALIASES,
    MOST_COUNTRIES,
    MOST_ENTRIES_A_CALL,
)
from screening.watchlists.differences import CHANGES
from screening.watchlists.lookup import LONGEST_LIST_NAME
from screening.watchlists.notices import PREFIX
from screening.watchlists.shown import ENTRY_PREFIX, FRESHNESS

TAG: Final = "watchlists"
CATEGORIES: Final = ("sanctions", "pep", "internal", "adverse_media")
_COUNT: Final = {"type": "integer", "minimum": 0}
_WORDS: Final = {"type": "string"}
_GENERATION: Final = identifier("gen")
_MANY_WORDS: Final = {"type": "array", "items": _WORDS}


def _text(longest: int) -> dict[str, Any]:
    return {"type": "string", "minLength": 1, "maxLength": longest, "pattern": r"^[^\u0000]*$"}


_REFRESH: Final = closed(
    {
        "from": nullable(_WORDS),
        "cadenceSeconds": _COUNT,
        "rests": {
            "type": "boolean",
            "description": "The list was set back and is not refreshed until resumed",
        },
        "lastSuccessAt": nullable(MOMENT),
        "lastFailureAt": nullable(MOMENT),
        "lastFailure": nullable(_WORDS),
        "failuresInARow": _COUNT,
        "dueAt": MOMENT,
    }
)
WATCHLIST: Final = define(
    "Watchlist",
    closed(
        {
            "id": identifier(PREFIX),
            "code": _WORDS,
            "name": _WORDS,
            "category": {"enum": [*CATEGORIES, "mixed"]},
            "isPrivate": {"type": "boolean"},
            "source": {**_WORDS, "description": "The format that it is read from, or manual"},
            "entryCount": _COUNT,
            "badRecordCount": _COUNT,
            "revision": _COUNT,
            "loadedAt": nullable(MOMENT),
            "ageSeconds": nullable(_COUNT),
            "freshness": {"enum": list(FRESHNESS)},
            "generation": nullable(_GENERATION),
            "previousGeneration": nullable(_GENERATION),
            "refresh": nullable(_REFRESH),
        }
    ),
)
NEW_WATCHLIST: Final = define(
    "NewWatchlist",
    closed(
        {
            "name": {**_text(LONGEST_LIST_NAME), "description": "Not blank"},
            "category": {"enum": list(CATEGORIES)},
            "source": {"const": "manual"},
        },
        optional=["source"],
    ),
)
_NAME: Final = {**_text(LONGEST_NAME), "description": "With at least one letter or digit"}
_NAMES: Final = nullable({"type": "array", "items": _NAME, "maxItems": MOST_ALIASES})
_ENTRY_OPTIONAL: Final[dict[str, Any]] = {
    "aliases": _NAMES,
    "weakAliases": _NAMES,
    "entityType": nullable({"enum": list(ENTITY_TYPES)}),
    "dateOfBirth": nullable({"type": "string", "pattern": BIRTH_DATE, "description": "A day, month or year"}),
    "countries": nullable(
        {
            "type": "array",
            "items": {"type": "string", "pattern": "^[A-Za-z]{2}$", "description": "ISO 3166-1 alpha-2"},
            "maxItems": MOST_COUNTRIES,
        }
    ),
    **{name: nullable(_text(longest)) for name, longest in LONGEST.items()},
}
NEW_ENTRY: Final = define(
    "NewWatchlistEntry", closed({"fullName": _NAME, **_ENTRY_OPTIONAL}, optional=list(_ENTRY_OPTIONAL))
)
ENTRY: Final = define(
    "WatchlistEntry",
    closed(
        {
            "id": identifier(ENTRY_PREFIX),
            "entryId": {**_WORDS, "description": "As matches name it: list code and reference"},
            "reference": _WORDS,
            "fullName": _WORDS,
            "aliases": _MANY_WORDS,
            "weakAliases": _MANY_WORDS,
            "entityType": {"enum": list(ENTITY_TYPES)},
            "kind": {"enum": list(CATEGORIES)},
            "datesOfBirth": _MANY_WORDS,
            "countries": _MANY_WORDS,
            "identifiers": _MANY_WORDS,
            "reason": nullable(_WORDS),
            "addedBy": nullable(_WORDS),
            "remarks": _WORDS,
        }
    ),
)
CHANGED: Final = define(
    "WatchlistChanged",
    closed(
        {
            "generation": nullable(_GENERATION),
            "entries": {
                "type": "array",
                "items": closed(
                    {
                        "id": identifier(ENTRY_PREFIX),
                        "reference": _WORDS,
                        "outcome": {"enum": ["added", "changed", "unchanged", "removed"]},
                    }
                ),
            },
        }
    ),
)
_LIST_ID: Final = path_parameter("watchlist_id", PREFIX, "The list")
_ENTRY_ID: Final = path_parameter("entry_id", ENTRY_PREFIX, "The entry")
_GENERATION_FILTER: Final = {"type": "string", "minLength": 1, "maxLength": 64}

list_watchlists = documented(
    Operation(
        id="listWatchlists",
        summary="The public lists and the organisation's own, the newest first, each with how fresh it is",
        tag=TAG,
        scope="read",
        parameters=[query("category", {"enum": list(CATEGORIES)}, "Only lists of this category"), *PAGING],
        answer=listing(WATCHLIST),
        errors=(problem.Invalid,),
    )
)
create = documented(
    Operation(
        id="createWatchlist",
        summary="A private list of the organisation, without entries yet",
        tag=TAG,
        scope="write",
        body=NEW_WATCHLIST,
        body_examples={"own": {"name": "Former customers", "category": "internal", "source": "manual"}},
        status=201,
        answer=envelope(WATCHLIST),
        errors=(problem.Conflict,),
    )
)
show = documented(
    Operation(
        id="getWatchlist",
        summary="One list",
        tag=TAG,
        scope="read",
        parameters=[_LIST_ID],
        answer=envelope(WATCHLIST),
        errors=(problem.NotFound,),
    )
)
delete = documented(
    Operation(
        id="deleteWatchlist",
        summary="Deletes a private list with its entries for good",
        tag=TAG,
        scope="write",
        parameters=[_LIST_ID],
        answer=envelope(closed({"id": identifier(PREFIX), "deleted": {"const": True}})),
        errors=(problem.NotFound,),
    )
)
list_entries = documented(
    Operation(
        id="listWatchlistEntries",
        summary="The entries of a list as they are now, the newest first",
        tag=TAG,
        scope="read",
        parameters=[_LIST_ID, query("reference", TEXT_FILTER, "Only the entry of this reference"), *PAGING],
        answer=listing(ENTRY),
        errors=(problem.Invalid, problem.NotFound),
    )
)
add_entries = documented(
    Operation(
        id="addWatchlistEntries",
        summary="Adds entries, or replaces those whose reference is there; in effect within 5 seconds",
        tag=TAG,
        scope="write",
        parameters=[_LIST_ID],
        body=closed(
            {
                "entries": {
                    "type": "array",
                    "items": NEW_ENTRY,
                    "minItems": 1,
                    "maxItems": MOST_ENTRIES_A_CALL,
                }
            }
        ),
        body_examples={
            "one": {
                "entries": [{"fullName": "Made Up Person", "dateOfBirth": "1970-05-01", "reference": "f-1"}]
            }
        },
        status=201,
        answer=envelope(CHANGED),
        errors=(problem.NotFound, problem.Conflict),
    )
)
remove_entry = documented(
    Operation(
        id="removeWatchlistEntry",
        summary="Takes an entry out of a private list",
        tag=TAG,
        scope="write",
        parameters=[_LIST_ID, _ENTRY_ID],
        answer=envelope(CHANGED),
        errors=(problem.NotFound, problem.Conflict),
    )
)
refresh = documented(
    Operation(
        id="refreshWatchlist",
        summary="Has the list's source read soon, at most once a minute",
        tag=TAG,
        scope="write",
        parameters=[_LIST_ID],
        body=closed({}),
        body_is_required=False,
        status=202,
        answer=envelope(closed({"id": identifier(PREFIX), "dueAt": MOMENT})),
        errors=(problem.NotFound, problem.Conflict),
    )
)
diff = documented(
    Operation(
        id="diffWatchlist",
        summary="What two generations differ in of one list; by default what the last change changed",
        tag=TAG,
        scope="read",
        parameters=[
            _LIST_ID,
            query("from", _GENERATION_FILTER, "The older generation"),
            query("to", _GENERATION_FILTER, "The newer generation"),
            *PAGING,
        ],
        answer=listing(
            closed({"change": {"enum": list(CHANGES)}, "reference": _WORDS, "entryId": _WORDS}),
        ),
        errors=(problem.Invalid, problem.NotFound),
    )
)
