"""What a page lets a person send: every form that posts, and every element that does without a form."""

from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Final
from urllib.parse import urlsplit

from django.urls import Resolver404, resolve

_SENDING: Final = ("hx-post", "hx-put", "hx-patch", "hx-delete")


@dataclass(frozen=True)
class Sends:
    """An element and the name of the address that it sends to; where it is none of ours, the address itself."""

    element: str
    address: str


class _Reader(HTMLParser):
    def __init__(self, own: str) -> None:
        super().__init__()
        self._own = own
        self.found: set[Sends] = set()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        if tag == "form" and given.get("method", "get").lower() == "post":
            self._add("form", given.get("action", ""))
        if given.get("formmethod", "").lower() == "post" or "formaction" in given:
            self._add(tag, given.get("formaction", ""))
        for name in _SENDING:
            if name in given:
                self._add(tag, given[name])

    def _add(self, element: str, url: str) -> None:
        path = urlsplit(url).path or self._own
        try:
            name = resolve(path).url_name or path
        except Resolver404:
            name = path
        self.found.add(Sends(element, name))


def sent_from(page: str, own_path: str) -> set[Sends]:
    """What can be sent from the page at that path; a form without an address sends to its own."""
    reader = _Reader(own_path)
    reader.feed(page)
    return reader.found
