"""The values that travel between list readers, index and callers. They hold data only and never decide
anything.
"""

from dataclasses import dataclass
from typing import Literal

NameQuality = Literal["primary", "alias", "weak"]
ListKind = Literal["sanctions", "pep", "internal", "adverse_media"]
EntityType = Literal["person", "company", "vessel", "aircraft", "unknown"]


@dataclass(frozen=True, slots=True)
class ListedName:
    text: str
    quality: NameQuality = "primary"


@dataclass(frozen=True, slots=True)
class ListedEntity:
    """One entry of one list. `entry_id` is stable across refreshes: list code and the publisher's own
    reference.

    Birth dates are YYYY, YYYY-MM or YYYY-MM-DD; countries ISO 3166 alpha-2; genders "male" or "female".
    """

    entry_id: str
    list_code: str
    kind: ListKind
    reference: str
    names: tuple[ListedName, ...]
    entity_type: EntityType = "unknown"
    birth_dates: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    genders: tuple[str, ...] = ()
    identifiers: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    remarks: str = ""

    @property
    def primary_name(self) -> str:
        return next((name.text for name in self.names if name.quality == "primary"), self.names[0].text)


@dataclass(frozen=True, slots=True)
class NameQuery:
    """Who is asked about. Only the name is needed; what is not known is left out and never held against
    anyone.
    """

    name: str
    entity_type: EntityType | None = None
    birth_date: str | None = None
    countries: tuple[str, ...] = ()
    identifiers: tuple[str, ...] = ()
    gender: str | None = None


@dataclass(frozen=True, slots=True)
class NameMatch:
    """One listed entity and the name of it that fits best; `score` is 0 to 100 with one decimal, evidence
    included.
    """

    entry_id: str
    list_code: str
    kind: ListKind
    reference: str
    matched_name: str
    listed_primary_name: str
    score: float
    quality: NameQuality
    entity_type: EntityType
    contradictions: tuple[str, ...]
    agreements: tuple[str, ...]
    explanation: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What one search saw: the matches, and for a non-match the proof of it.

    `best_score` is the best score of everything compared, `best_below` the best that stayed under the
    minimum, `candidates` how many listed names shared anything with the query.
    """

    matches: tuple[NameMatch, ...]
    best_score: float
    best_below: NameMatch | None
    candidates: int
    generation: str
