"""OFAC Specially Designated Nationals: a folder with `sdn.csv`, `alt.csv`, `add.csv`, or the path of
`sdn.csv` itself.
"""

from collections.abc import Iterator
from pathlib import Path

from screening.names.entity import ListKind
from screening.watchlists.formats.ofac_files import find_files, read_files
from screening.watchlists.formats.records import Record

CODE = "ofac-sdn"
KIND: ListKind = "sanctions"
FILES = ("sdn.csv", "alt.csv", "add.csv")


def read(path: Path, *, list_code: str = CODE, kind: ListKind = KIND) -> Iterator[Record]:
    return read_files(find_files(path, FILES), list_code, kind)


def sources(path: Path) -> tuple[Path, ...]:
    """Every file that the contents depend on."""
    files = find_files(path, FILES)
    return tuple(file for file in (files.primary, files.aliases, files.addresses) if file.is_file())
