"""What a caller sends of an entry of a private list, checked field by field; every problem is listed with its path.

It must never guess: a country or a date that cannot be read is refused, not left out.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, get_args

import pycountry

from ratel.identifiers import new_id, show
from ratel.problem import Problem
from screening.names.entity import EntityType, ListedEntity, ListedName, ListKind
from screening.names.normalise import normalise
from screening.watchlists.formats.records import birth_dates, tidy

MOST_ENTRIES_A_CALL: Final = 1_000
MOST_ALIASES: Final = 50
MOST_COUNTRIES: Final = 20
LONGEST_NAME: Final = 300
LONGEST: Final = {"nationalId": 64, "reference": 128, "reason": 500, "addedBy": 128}
BIRTH_DATE: Final = r"^[12][0-9]{3}(-[0-9]{2}(-[0-9]{2})?)?$"
FIELDS: Final = (
    *("fullName", "aliases", "weakAliases", "entityType", "dateOfBirth", "countries"),
    *LONGEST,
)
ENTITY_TYPES: Final[tuple[EntityType, ...]] = get_args(EntityType)
_BIRTH_DATE: Final = re.compile(BIRTH_DATE)
_COUNTRIES: Final = frozenset(country.alpha_2 for country in pycountry.countries) | {"XK"}


@dataclass(frozen=True)
class NewEntry:
    """An entry as it will be listed, and what is kept beside: why it is there, who added it, the id as it was sent."""

    entity: ListedEntity
    more: dict[str, Any]


def read_entries(
    document: Mapping[str, Any], problems: list[Problem], *, list_code: str, kind: ListKind
) -> list[NewEntry]:
    """The entries of a body; incomplete where there are problems."""
    sent = document.get("entries")
    if not isinstance(sent, list) or not 1 <= len(sent) <= MOST_ENTRIES_A_CALL:
        problems.append(Problem("entries", f"must be a list of 1 to {MOST_ENTRIES_A_CALL} entries"))
        return []
    found = [
        _Reader(f"entries[{position}]", entry, problems).entry(list_code, kind)
        for position, entry in enumerate(sent)
    ]
    entries = [entry for entry in found if entry is not None]
    _refuse_repeated(found, problems)
    return entries


def _refuse_repeated(found: Sequence[NewEntry | None], problems: list[Problem]) -> None:
    seen: set[str] = set()
    for position, entry in enumerate(found):
        if entry is not None and entry.entity.reference in seen:
            problems.append(Problem(f"entries[{position}].reference", "comes twice in this call"))
        if entry is not None:
            seen.add(entry.entity.reference)


class _Reader:
    """Reads one entry and notes what is wrong with it."""

    def __init__(self, path: str, sent: Any, problems: list[Problem]) -> None:
        self._path = path
        self._problems = problems
        self._is_object = isinstance(sent, dict)
        self._sent: dict[str, Any] = sent if isinstance(sent, dict) else {}

    def entry(self, list_code: str, kind: ListKind) -> NewEntry | None:
        before = len(self._problems)
        if not self._is_object:
            self._problems.append(Problem(self._path, "must be an object"))
            return None
        for name in self._sent:
            if name not in FIELDS:
                self._note(name[:128], "is not a field here")
        names = tuple(dict.fromkeys(self._names()))
        texts = {name: self._text(name, longest) for name, longest in LONGEST.items()}
        countries, births = tuple(self._countries()), tuple(self._births())
        entity_type = self._entity_type()
        if len(self._problems) > before:
            return None
        reference = texts["reference"] or show("ref", new_id())
        entity = ListedEntity(
            entry_id=f"{list_code}:{reference}",
            list_code=list_code,
            kind=kind,
            reference=reference,
            names=names,
            entity_type=entity_type,
            birth_dates=births,
            countries=countries,
            identifiers=(texts["nationalId"],) if texts["nationalId"] else (),
            remarks=texts["reason"] or "",
        )
        return NewEntry(entity, {name: texts[name] for name in ("nationalId", "reason", "addedBy")})

    def _names(self) -> Iterator[ListedName]:
        full_name = self._sent.get("fullName")
        if self._is_name("fullName", full_name):
            yield ListedName(tidy(full_name), "primary")
        for field, quality in (("aliases", "alias"), ("weakAliases", "weak")):
            for position, text in enumerate(self._listed(field, MOST_ALIASES)):
                if self._is_name(f"{field}[{position}]", text):
                    yield ListedName(tidy(text), quality)  # type: ignore[arg-type]  # one of the two above

    def _is_name(self, field: str, value: Any) -> bool:
        if isinstance(value, str) and len(value) <= LONGEST_NAME and "\x00" not in value and normalise(value):
            return True
        self._note(field, f"must be a name of 1 to {LONGEST_NAME} characters with a letter or digit in it")
        return False

    def _listed(self, field: str, most: int) -> list[Any]:
        value = self._sent.get(field)
        if value is None:
            return []
        if isinstance(value, list) and len(value) <= most:
            return value
        self._note(field, f"must be a list of at most {most}")
        return []

    def _text(self, field: str, longest: int) -> str | None:
        value = self._sent.get(field)
        if value is None:
            return None
        if isinstance(value, str) and value.strip() and len(value) <= longest and "\x00" not in value:
            return tidy(value, longest)
        self._note(field, f"must be text of 1 to {longest} characters")
        return None

    def _countries(self) -> Iterator[str]:
        for position, value in enumerate(self._listed("countries", MOST_COUNTRIES)):
            code = value.upper() if isinstance(value, str) else ""
            if code in _COUNTRIES:
                yield code
            else:
                self._note(f"countries[{position}]", "must be an ISO 3166-1 alpha-2 code")

    def _births(self) -> tuple[str, ...]:
        value = self._sent.get("dateOfBirth")
        if value is None:
            return ()
        found = birth_dates(value) if isinstance(value, str) and _BIRTH_DATE.fullmatch(value) else ()
        if found != (value,):
            self._note("dateOfBirth", "must be YYYY, YYYY-MM or YYYY-MM-DD")
        return found

    def _entity_type(self) -> EntityType:
        value = self._sent.get("entityType")
        if value is None:
            return "unknown"
        for known in ENTITY_TYPES:
            if value == known:
                return known
        self._note("entityType", f"must be one of {', '.join(ENTITY_TYPES)}")
        return "unknown"

    def _note(self, field: str, message: str) -> None:
        self._problems.append(Problem(f"{self._path}.{field}", message))
