"""Private lists and their entries, and the addresses at which another organisation's could be named.

They belong to the organisation, so all of its teams see them: they are planted with the first team and count as its own.
"""

from collections.abc import Iterator
from typing import Any

from ratel.identifiers import new_id, show
from screening.models import Watchlist, WatchlistEntry, WatchlistGeneration
from screening.watchlists.notices import PREFIX
from screening.watchlists.shown import ENTRY_PREFIX
from tests.cast import Bank

LIST = "api/watchlists/<str:watchlist_id>"
ENTRY = "<str:entry_id>"
NEW_ENTRIES = {"entries": [{"fullName": "Planted By Somebody"}]}
BY_ID: dict[str, list[tuple[str, Any]]] = {
    LIST: [("GET", None), ("DELETE", None)],
    f"{LIST}/entries": [("GET", None), ("POST", NEW_ENTRIES)],
    f"{LIST}/entries/{ENTRY}": [("DELETE", None)],
    # One's own has no source to be read from, which is a 409.
    f"{LIST}/refresh": [("POST", None)],
    f"{LIST}/diff": [("GET", None)],
}
LISTS = {"api/watchlists": ("cursor",)}
MODELS = {"watchlist_id": (PREFIX, Watchlist), "entry_id": (ENTRY_PREFIX, WatchlistEntry)}
CODE_WORD = "Planted for "
_entries: dict[str, str] = {}


def plant(bank: Bank, pack: str) -> None:
    """A list with an entry, unless another team has planted some."""
    with bank.seeing(pack):
        planted = set(_mine().values_list("name", flat=True))
    if planted - {CODE_WORD + pack}:
        return
    caller = bank.callers[pack]
    answer = caller.post("/api/watchlists", {"name": CODE_WORD + pack, "category": "internal"})
    body = {"entries": [{"fullName": f"Listed By {bank.organisation.name}", "reference": "planted"}]}
    (entry,) = caller.post(f"/api/watchlists/{answer.data['id']}/entries", body).data["entries"]
    _entries[answer.data["id"]] = entry["id"]


def with_entry(path: str, watchlist: str) -> str:
    """The path with the entry that lies in the list; an unknown one where the list is unknown."""
    return path.replace(ENTRY, _entries.get(watchlist) or unknown("entry_id"))


def ids_of(bank: Bank, pack: str, parameter: str) -> list[str]:
    with bank.seeing(pack):
        found = _mine().filter(name=CODE_WORD + pack).order_by("id")
        lists = [show(PREFIX, one) for one in found.values_list("id", flat=True)]
    return lists if parameter == "watchlist_id" else [_entries[one] for one in lists]


def own_id(bank: Bank, pack: str, parameter: str) -> str:
    return ids_of(bank, pack, parameter)[0]


def all_ids_of(bank: Bank, pack: str) -> Iterator[str]:
    for parameter in MODELS:
        yield from ids_of(bank, pack, parameter)


def unknown(parameter: str) -> str:
    return show(MODELS[parameter][0], new_id())


def rows_of_the_tenant() -> list[dict[str, Any]]:
    """Call inside `bank.seeing(...)`."""
    entries = WatchlistEntry.objects.filter(organisation_id__isnull=False).defer("sealed_document")
    generations = WatchlistGeneration.objects.filter(organisation_id__isnull=False)
    fields = ("id", "reference", "digest", "revision_from", "revision_until")
    return [
        *_mine().order_by("id").values(),
        *entries.order_by("id").values(*fields),
        *generations.order_by("id").values(),
    ]


def role_for(route: str) -> str:
    """Whose session may call the address."""
    return "officer"


def _mine() -> Any:
    return Watchlist.objects.filter(organisation_id__isnull=False)
