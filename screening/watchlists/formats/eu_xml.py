"""The European Union's consolidated list of persons, groups and entities under financial sanctions, as the
Commission's "full list" XML (version 1.1).

Nearly everything is an attribute. The reference is the EU reference number, which stays with an entry; entries of
before 2017 may lack it and have the logical id instead.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from screening.names.entity import EntityType, ListedEntity, ListKind, NameQuality
from screening.watchlists.formats.countries import country_code
from screening.watchlists.formats.records import (
    MAXIMUM_REFERENCE_CHARACTERS,
    MAXIMUM_REMARK_CHARACTERS,
    BadRecord,
    Record,
    birth_dates,
    listed_names,
    tidy,
    unique,
)
from screening.watchlists.formats.xml_elements import Element, elements, location

CODE = "eu"
KIND: ListKind = "sanctions"

_NAMESPACE: Final = "{http://eu.europa.ec/fpi/fsd/export}"
_ENTITY_TYPES: Final[dict[str, EntityType]] = {"person": "person", "enterprise": "company"}
_CLASSES: Final[dict[str, EntityType]] = {"P": "person", "E": "company"}
_GENDERS: Final = {"M": "male", "F": "female"}
_NAME_PARTS: Final = ("firstName", "middleName", "lastName")
_ADDRESS_PARTS: Final = ("street", "poBox", "city", "zipCode", "region", "countryDescription")


def read(path: Path, *, list_code: str = CODE, kind: ListKind = KIND) -> Iterator[Record]:
    tag = f"{_NAMESPACE}sanctionEntity"
    for element in elements(path, root=f"{_NAMESPACE}export", tags=(tag,)):
        reference = _said(element, "euReferenceNumber") or _said(element, "logicalId")
        names = [(_name(alias), _quality(alias)) for alias in _children(element, "nameAlias")]
        if reference and any(name for name, _ in names):
            yield _entity(element, reference[:MAXIMUM_REFERENCE_CHARACTERS], list_code, kind, names)
        else:
            yield BadRecord(location(path, element), "no reference number or no name")


def _entity(
    element: Element, reference: str, list_code: str, kind: ListKind, names: list[tuple[str, NameQuality]]
) -> ListedEntity:
    return ListedEntity(
        entry_id=f"{list_code}:{reference}",
        list_code=list_code,
        kind=kind,
        reference=reference,
        names=listed_names(*_primary_first(names)),
        entity_type=_entity_type(element),
        birth_dates=unique(_births(element)),
        countries=unique(_countries(element)),
        genders=unique(_GENDERS.get(_said(alias, "gender"), "") for alias in _children(element, "nameAlias")),
        identifiers=unique(_said(one, "number") for one in _children(element, "identification")),
        addresses=unique(_address(address) for address in _children(element, "address")),
        remarks=tidy(
            "; ".join(remark.text or "" for remark in _children(element, "remark")), MAXIMUM_REMARK_CHARACTERS
        ),
    )


def _primary_first(names: list[tuple[str, NameQuality]]) -> tuple[str, list[tuple[str, NameQuality]]]:
    """The list marks none of its names as the main one: the first strong one is it, else the first."""
    given = [one for one in names if one[0]]
    first = next((one for one in given if one[1] != "weak"), given[0])
    return first[0], [one for one in given if one is not first]


def _name(alias: Element) -> str:
    return _said(alias, "wholeName") or tidy(" ".join(_said(alias, part) for part in _NAME_PARTS))


def _quality(alias: Element) -> NameQuality:
    return "weak" if _said(alias, "strong") == "false" else "alias"


def _entity_type(element: Element) -> EntityType:
    for subject in _children(element, "subjectType"):
        found = _ENTITY_TYPES.get(_said(subject, "code").casefold())
        return found or _CLASSES.get(_said(subject, "classificationCode"), "unknown")
    return "unknown"


def _births(element: Element) -> Iterator[str]:
    """A whole date, else as much of year, month and day as is known, else a span of years."""
    for birth in _children(element, "birthdate"):
        yield from birth_dates(_said(birth, "birthdate")[:10] or _said(birth, "year"))
        if not _said(birth, "birthdate") and _said(birth, "yearRangeFrom"):
            yield from birth_dates(f"{_said(birth, 'yearRangeFrom')} {_said(birth, 'yearRangeTo')}")


def _countries(element: Element) -> Iterator[str]:
    """ISO codes; the list writes 00 where it knows none."""
    for tag in ("citizenship", "address", "birthdate"):
        for one in _children(element, tag):
            yield country_code(_said(one, "countryIso2Code")) or ""


def _address(address: Element) -> str:
    parts = (_said(address, part) for part in _ADDRESS_PARTS)
    return tidy(", ".join(part for part in parts if part and part != "UNKNOWN"))


def _children(element: Element, tag: str) -> Iterator[Element]:
    return iter(element.findall(_NAMESPACE + tag))


def _said(element: Element, attribute: str) -> str:
    return tidy(element.get(attribute))
