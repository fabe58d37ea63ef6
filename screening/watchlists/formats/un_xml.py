"""The United Nations Security Council consolidated list, in the Council's own XML."""

from collections.abc import Iterator
from pathlib import Path

from screening.names.entity import EntityType, ListedEntity, ListKind, NameQuality
from screening.watchlists.formats.countries import country_code
from screening.watchlists.formats.records import (
    MAXIMUM_REMARK_CHARACTERS,
    BadRecord,
    Record,
    birth_dates,
    listed_names,
    tidy,
    unique,
)
from screening.watchlists.formats.xml_elements import Element, elements, location, text_of

CODE = "un"
KIND: ListKind = "sanctions"

_ENTITY_TYPES: dict[str, EntityType] = {"INDIVIDUAL": "person", "ENTITY": "company"}
_NAME_PARTS = ("FIRST_NAME", "SECOND_NAME", "THIRD_NAME", "FOURTH_NAME")
_ADDRESS_PARTS = ("STREET", "CITY", "STATE_PROVINCE", "ZIP_CODE", "COUNTRY")


def read(path: Path, *, list_code: str = CODE, kind: ListKind = KIND) -> Iterator[Record]:
    for element in elements(path, root="CONSOLIDATED_LIST", tags=tuple(_ENTITY_TYPES)):
        reference = text_of(element, "REFERENCE_NUMBER")
        name = tidy(" ".join(text_of(element, part) for part in _NAME_PARTS))
        if reference and name:
            yield _entity(element, f"{list_code}:{reference}", list_code, kind, name)
        else:
            yield BadRecord(location(path, element), "no reference number or no name")


def _entity(element: Element, entry_id: str, list_code: str, kind: ListKind, name: str) -> ListedEntity:
    tag = element.tag
    return ListedEntity(
        entry_id=entry_id,
        list_code=list_code,
        kind=kind,
        reference=text_of(element, "REFERENCE_NUMBER"),
        names=listed_names(name, _aliases(element, tag)),
        entity_type=_ENTITY_TYPES[tag],
        birth_dates=unique(_births(element)),
        countries=unique(_countries(element, tag)),
        genders=unique([text_of(element, "GENDER").lower()]),
        identifiers=unique(text_of(document, "NUMBER") for document in element.iter("INDIVIDUAL_DOCUMENT")),
        addresses=unique(_address(address) for address in element.iter(f"{tag}_ADDRESS")),
        remarks=text_of(element, "COMMENTS1", MAXIMUM_REMARK_CHARACTERS),
    )


def _aliases(element: Element, tag: str) -> Iterator[tuple[str, NameQuality]]:
    original = text_of(element, "NAME_ORIGINAL_SCRIPT")
    if original:
        yield original, "alias"
    for alias in element.iter(f"{tag}_ALIAS"):
        quality: NameQuality = "weak" if text_of(alias, "QUALITY").lower() == "low" else "alias"
        for text in text_of(alias, "ALIAS_NAME", 2000).split(";"):
            yield text, quality


def _births(element: Element) -> Iterator[str]:
    for birth in element.iter("INDIVIDUAL_DATE_OF_BIRTH"):
        span = f"{text_of(birth, 'FROM_YEAR')} {text_of(birth, 'TO_YEAR')}"
        for text in (text_of(birth, "DATE")[:10], text_of(birth, "YEAR"), span):
            yield from birth_dates(text)


def _countries(element: Element, tag: str) -> Iterator[str]:
    for value in element.iterfind("NATIONALITY/VALUE"):
        yield country_code(value.text) or ""
    for place in (f"{tag}_ADDRESS", "INDIVIDUAL_PLACE_OF_BIRTH"):
        for country in element.iterfind(f"{place}/COUNTRY"):
            yield country_code(country.text) or ""


def _address(address: Element) -> str:
    return tidy(", ".join(part for part in (text_of(address, tag) for tag in _ADDRESS_PARTS) if part))
