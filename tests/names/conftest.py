"""A small index that the search tests share. Who is on it is made up, or world-famous."""

from pathlib import Path

import pytest

from screening.names.entity import EntityType, ListedEntity, ListedName, ListKind, NameQuality
from screening.names.index import NameIndex, build_index


def listed(
    reference: str,
    *names: str,
    kind: ListKind = "sanctions",
    entity_type: EntityType = "person",
    weak: tuple[str, ...] = (),
    birth_dates: tuple[str, ...] = (),
    countries: tuple[str, ...] = (),
    identifiers: tuple[str, ...] = (),
    genders: tuple[str, ...] = (),
) -> ListedEntity:
    qualities: list[NameQuality] = ["primary"] + ["alias"] * (len(names) - 1)
    graded = [ListedName(text, quality) for text, quality in zip(names, qualities, strict=True)]
    return ListedEntity(
        entry_id=f"test:{reference}",
        list_code="test",
        kind=kind,
        reference=reference,
        names=(*graded, *(ListedName(text, "weak") for text in weak)),
        entity_type=entity_type,
        birth_dates=birth_dates,
        countries=countries,
        identifiers=identifiers,
        genders=genders,
    )


ENTITIES = (
    listed(
        "1", "GUZMAN LOERA, Joaquin", "Joaquin Archivaldo Guzman", weak=("El Chapo",), birth_dates=("1957",)
    ),
    listed("2", "BOUT, Viktor Anatolijevitch", birth_dates=("1967-01-13",), countries=("RU",)),
    listed("3", "Abd al-Rahman al-Harbi", birth_dates=("1970",), genders=("male",)),
    listed("4", "Muhammad Qasim Rahimi", countries=("AF",), identifiers=("P 000-123",)),
    listed("5", "Romashka Trading OOO", entity_type="company", countries=("RU",)),
    listed("6", "JI SONG 6", entity_type="vessel", identifiers=("IMO 8898740",)),
    listed("7", "PACHO", "Hezbollah"),
    listed("8", "Joko Widodo", kind="pep", birth_dates=("1961-06-21",), countries=("ID",)),
    listed("9", "Vladimir Vladimirovich Putin", "Владимир Владимирович Путин", countries=("RU",)),
    listed("10", "Xi Jinping", "习近平", kind="pep", countries=("CN",)),
    listed("11", "CORP"),
    listed("12", "EP-GOM", entity_type="aircraft"),
    listed("13", "Li Na"),
    listed("14", "Ελευθέριος Βενιζέλος", kind="pep"),
    listed("15", "Mohammed Ali Hassan"),
    listed("16", "Kazem Barrera Barrera"),
)


@pytest.fixture(scope="session")
def index(tmp_path_factory: pytest.TempPathFactory) -> NameIndex:
    directory: Path = tmp_path_factory.mktemp("names") / "generation"
    build_index(ENTITIES, directory, generation="generation-1")
    return NameIndex.open(directory)
