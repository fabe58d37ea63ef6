"""A list of a test's own, loaded and opened by this process before anybody goes on."""

import time
from pathlib import Path

from ratel.identifiers import new_id
from screening.names.entity import NameQuery
from screening.watchlists.current import current_generation, current_names
from screening.watchlists.generations import load_public_list
from tests.cast import changed

HEADER = "name,aliases,weak_aliases,entity_type,birth_date,countries,identifiers,reference,kind,remarks"


def load(path: Path, *lines: str, code: str) -> str:
    """The generation that the list of these lines makes, once it is what names are screened against."""
    path.write_text("\n".join((HEADER, *lines)) + "\n")
    loaded = load_public_list("csv", path, code=code, minimum_share_of_previous=0.0)
    changed()
    wait_until_opened()
    return loaded.generation


def wait_until_opened() -> None:
    names = current_names(new_id())
    assert names is not None
    while names.search(NameQuery("nobody")).generation != current_generation():
        time.sleep(0.02)
