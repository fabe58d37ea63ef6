"""The corpus of the measurement: all real lists and names of the folder that RATEL_DATA names, then drawn ones.

The names that stand for innocent customers are held out of it. It is made once and kept, one entity a line.
"""

import gzip
import hashlib
import importlib.metadata
import random
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Final

import msgspec
from tqdm import tqdm

from screening.bench_names import drawn
from screening.names.entity import ListedEntity, ListedName
from screening.watchlists.formats import read_all

SEED: Final = "name screening"
WORLD_SEED: Final = "innocents"
LISTS: Final = {
    "ofac-sdn": "watchlists/ofac",
    "ofac-consolidated": "watchlists/ofac",
    "un-xml": "watchlists/un/consolidated.xml",
    "canada-xml": "watchlists/canada/sema.xml",
    "bis-dpl": "watchlists/bis/dpl.txt",
}
PEOPLE: Final = "names/people_*.txt.gz"
_IN_BRACKETS: Final = re.compile(r"\(.*?\)")
_DECODER: Final = msgspec.json.Decoder(ListedEntity)


def listed_entities(folder: Path) -> list[ListedEntity]:
    """Every entity of the sanctions lists."""
    return [entity for code, path in LISTS.items() for entity in read_all(code, folder / path).entities]


def innocent_names(folder: Path, count: int) -> list[str]:
    """Real persons' names, as many of each language, none of them in the corpus's own part of the same files."""
    files = sorted(folder.glob(PEOPLE))
    share = count // len(files)
    return [name for file in files for name in _shuffled(file)[:share]]


def corpus_file(directory: Path, folder: Path, size: int, innocents: int) -> Path:
    """The corpus on disk; made when it is not there or what makes it has changed."""
    path = directory / f"corpus-{size}-{_fingerprint(folder, innocents)}.jsonl"
    if not path.exists():
        directory.mkdir(parents=True, exist_ok=True)
        for outdated in directory.glob(f"corpus-{size}-*"):
            outdated.unlink()
        partial = path.with_suffix(".partial")
        with partial.open("wb") as file:
            for entity in tqdm(_made(folder, size, innocents), total=size, desc="Corpus", unit="entities"):
                file.write(msgspec.json.encode(entity) + b"\n")
        partial.replace(path)
    return path


def read_corpus(path: Path) -> Iterator[ListedEntity]:
    with path.open("rb") as file:
        yield from map(_DECODER.decode, file)


def world_names(directory: Path, count: int) -> list[str]:
    """Names of persons of all countries, drawn as the corpus's are but others; kept, because drawing takes long."""
    path = directory / f"world-{count}-{_version()}.json"
    if not path.exists():
        directory.mkdir(parents=True, exist_ok=True)
        persons = (entity for entity in _draw(WORLD_SEED).entities() if entity.entity_type == "person")
        path.write_bytes(msgspec.json.encode([entity.primary_name for entity in islice(persons, count)]))
    return msgspec.json.decode(path.read_bytes(), type=list[str])


def _made(folder: Path, size: int, innocents: int) -> Iterator[ListedEntity]:
    yield from islice(_sources(folder, innocents), size)


def _sources(folder: Path, innocents: int) -> Iterator[ListedEntity]:
    yield from listed_entities(folder)
    yield from _people(folder, innocents)
    yield from _draw(SEED).entities()


def _draw(seed: str) -> drawn.Draw:
    # Loading takes twenty seconds and two gigabytes, so only where something is drawn.
    from names_dataset import NameDataset

    names = NameDataset()
    return drawn.Draw(seed, names.first_names, names.last_names)


def _people(folder: Path, innocents: int) -> Iterator[ListedEntity]:
    files = sorted(folder.glob(PEOPLE))
    held_out = set(innocent_names(folder, innocents))
    names = dict.fromkeys(name for file in files for name in _shuffled(file))
    for number, name in enumerate(name for name in names if name not in held_out):
        yield ListedEntity(
            f"people:{number}", "people", "pep", str(number), (ListedName(name),), entity_type="person"
        )


@lru_cache(maxsize=8)
def _shuffled(file: Path) -> list[str]:
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        names = list(dict.fromkeys(_cleaned(lines)))
    random.Random(SEED).shuffle(names)  # noqa: S311 - a reproducible order, nothing secret
    return names


def _cleaned(titles: Iterable[str]) -> Iterator[str]:
    """Titles of an encyclopaedia as people write their names: without brackets and what follows a comma."""
    for title in titles:
        name = _IN_BRACKETS.sub("", title.replace("_", " ")).split(",")[0].strip()
        if " " in name:
            yield name


def _fingerprint(folder: Path, innocents: int) -> str:
    digest = hashlib.sha256(f"{SEED} {innocents}".encode())
    digest.update(_version().encode())
    for path in sorted(folder.glob("watchlists/**/*.*")) + sorted(folder.glob(PEOPLE)):
        digest.update(f"{path.name} {path.stat().st_size}".encode())
    return digest.hexdigest()[:12]


def _version() -> str:
    """Of what draws: the names, and how."""
    digest = hashlib.sha256(importlib.metadata.version("names-dataset").encode())
    for module in ("corpus.py", "drawn.py"):
        digest.update((Path(__file__).parent / module).read_bytes())
    return digest.hexdigest()[:12]
