"""What a browser that has nothing yet is sent for a page: the page and everything that it names, compressed as the server
sends it."""

import gzip
import re
from html.parser import HTMLParser
from typing import Any, Final
from urllib.parse import urljoin

from django.test import Client

_NAMED_IN_STYLES: Final = re.compile(r"""url\(\s*["']?([^"')]+)|@import\s+["']([^"']+)""")
_LOADED_RELATIONS: Final = frozenset({"stylesheet", "icon", "preload", "modulepreload", "manifest"})
_WITH_SOURCE: Final = frozenset({"script", "img", "source", "video", "audio", "iframe", "embed"})


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.named: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        if tag == "link" and _LOADED_RELATIONS & set(given.get("rel", "").split()):
            self.named.append(given["href"])
        if tag in _WITH_SOURCE and given.get("src"):
            self.named.append(given["src"])


def first_load(client: Client, url: str) -> dict[str, int]:
    """Bytes by address. Everything named must be there, and here."""
    sizes: dict[str, int] = {}
    waiting = [url]
    while waiting:
        address = waiting.pop()
        if address in sizes or address.startswith("data:"):
            continue
        assert address.startswith("/"), f"from another host: {address}"
        answer = client.get(address, headers={"Accept-Encoding": "gzip"})
        assert answer.status_code == 200, address
        sent = answer.getvalue()
        sizes[address] = len(sent)
        waiting += [urljoin(address, one) for one in named_in(_plain(answer, sent), answer["Content-Type"])]
    return sizes


def named_in(text: str, content_type: str) -> list[str]:
    if content_type.startswith("text/css"):
        return [one or other for one, other in _NAMED_IN_STYLES.findall(text)]
    if not content_type.startswith("text/html"):
        return []
    reader = _Reader()
    reader.feed(text)
    return reader.named


def _plain(answer: Any, sent: bytes) -> str:
    return (gzip.decompress(sent) if answer.get("Content-Encoding") == "gzip" else sent).decode(
        errors="replace"
    )
