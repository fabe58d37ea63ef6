"""Canada's consolidated autonomous sanctions list (SEMA and JVCFOR), in Global Affairs' own XML.

Its `Country` names the regulation, not a nationality (Russians are listed under Ukraine), so it is kept as
a remark only.
"""

from collections.abc import Iterator
from pathlib import Path

from screening.names.entity import EntityType, ListedEntity, ListKind, NameQuality
from screening.watchlists.formats.records import BadRecord, Record, birth_dates, listed_names, tidy, unique
from screening.watchlists.formats.xml_elements import Element, elements, location, text_of

CODE = "canada"
KIND: ListKind = "sanctions"


def read(path: Path, *, list_code: str = CODE, kind: ListKind = KIND) -> Iterator[Record]:
    for element in elements(path, root="data-set", tags=("record",)):
        reference = _reference(element)
        person = tidy(f"{text_of(element, 'GivenName')} {text_of(element, 'LastName')}")
        name = text_of(element, "EntityOrShip") or person
        if reference and name:
            yield _entity(element, reference, list_code, kind, name)
        else:
            yield BadRecord(location(path, element), "no item number or no name")


def _reference(element: Element) -> str:
    """Regulation, schedule and item: the list has no number of its own."""
    item = text_of(element, "Item")
    regulation = text_of(element, "Country", 2000).split(" / ")[0]
    return "/".join(part for part in (regulation, text_of(element, "Schedule"), item) if part) if item else ""


def _entity(element: Element, reference: str, list_code: str, kind: ListKind, name: str) -> ListedEntity:
    entity_type = _entity_type(element)
    born = text_of(element, "DateOfBirthOrShipBuildDate") if entity_type == "person" else ""
    return ListedEntity(
        entry_id=f"{list_code}:{reference}",
        list_code=list_code,
        kind=kind,
        reference=reference,
        names=listed_names(name, _aliases(element, entity_type)),
        entity_type=entity_type,
        birth_dates=birth_dates(born),
        identifiers=unique([text_of(element, "ShipIMONumber")]),
        remarks=tidy(
            " ".join(text_of(element, tag) for tag in ("TitleOrShip", "Country", "DateOfListing")), 2000
        ),
    )


def _entity_type(element: Element) -> EntityType:
    if text_of(element, "ShipIMONumber"):
        return "vessel"
    return "company" if text_of(element, "EntityOrShip") else "person"


def _aliases(element: Element, entity_type: EntityType) -> Iterator[tuple[str, NameQuality]]:
    """The list does not grade its aliases; a person's single word is too little to decide on."""
    for text in text_of(element, "Aliases", 4000).split(";"):
        single = entity_type == "person" and len(text.split()) == 1
        yield text, "weak" if single else "alias"
