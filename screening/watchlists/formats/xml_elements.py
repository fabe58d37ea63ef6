"""Streams elements out of an XML list without entities, document types or network; what is read is freed at
once.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lxml import etree

from screening.watchlists.formats.records import ListRefused, check_size, tidy

Element = Any
"""An lxml element; lxml has no types of its own."""


def elements(path: Path, *, root: str, tags: tuple[str, ...]) -> Iterator[Element]:
    """Each complete element with one of the tags. Refuses another root, a document type, and a file that
    breaks off.
    """
    check_size(path)
    with path.open("rb") as file:
        events = etree.iterparse(
            file,
            events=("start", "end"),
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        )
        try:
            yield from _complete(events, path, root, tags)
        except etree.XMLSyntaxError as error:
            raise ListRefused(f"{path.name} is not complete, well-formed XML: line {error.lineno}") from error


def _complete(
    events: Iterator[tuple[str, Element]], path: Path, root: str, tags: tuple[str, ...]
) -> Iterator[Element]:
    checked = False
    for event, element in events:
        if not checked:
            _check_root(element, path, root)
            checked = True
        if event == "end" and element.tag in tags:
            yield element
            element.clear(keep_tail=False)
            while element.getprevious() is not None:
                del element.getparent()[0]


def _check_root(element: Element, path: Path, root: str) -> None:
    if element.getroottree().docinfo.doctype:
        raise ListRefused(f"{path.name} declares a document type, which no list needs")
    if element.tag != root:
        raise ListRefused(f"{path.name} is another kind of XML: its root is not {local_name(root)}")


def text_of(element: Element, tag: str, most: int = 512) -> str:
    """The tidy text of the first child with this tag; empty when there is none."""
    return tidy(element.findtext(tag), most)


def location(path: Path, element: Element) -> str:
    return f"{path.name}, line {element.sourceline}, {local_name(element.tag)}"


def local_name(tag: str) -> str:
    """A tag without its namespace."""
    return tag.rpartition("}")[2]
