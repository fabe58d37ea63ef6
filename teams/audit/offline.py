#!/usr/bin/env python3
"""Verifies an exported audit trail with nothing but Python's standard library: no network, no database, no Ratel.

    python3 verify_audit.py ratel-audit.zip
    python3 verify_audit.py part-1.jsonl part-2.jsonl [--head HASH]

Files are given in the order of their links. Each link's hash must be the SHA-256 of the hash before it and the entry as
it was written; with --head the last one must be the hash that was noted elsewhere. Exits with 1 at the first that is not.
"""

from __future__ import annotations

import hashlib
import io
import json
import sys
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

FORMAT = "ratel-audit-1"
GENESIS = "00" * 32


class Broken(Exception):
    """The first thing that does not fit."""


def opened(paths: Iterable[str]) -> Iterator[tuple[str, IO[str]]]:
    """The text of each file; of an archive, that of the lists in it."""
    for path in paths:
        if not zipfile.is_zipfile(path):
            with Path(path).open(encoding="utf-8") as file:
                yield path, file
            continue
        with zipfile.ZipFile(path) as archive:
            for name in sorted(archive.namelist()):
                if name.endswith(".jsonl"):
                    with archive.open(name) as raw:
                        yield f"{path}: {name}", io.TextIOWrapper(raw, encoding="utf-8")


def links(paths: Iterable[str]) -> Iterator[dict[str, Any]]:
    for path, file in opened(paths):
        head = json.loads(next(iter(file), "null"))
        if not isinstance(head, dict) or head.get("format") != FORMAT:
            raise Broken(f"{path} is no exported audit trail")
        expected = head["from"]
        for line in file:
            link = json.loads(line)
            if link["height"] != expected:
                raise Broken(f"link {expected} is missing")
            yield link
            expected = link["height"] + 1
        if expected != head["to"] + 1:
            raise Broken(f"{path} ends before link {head['to']}")


def check(link: dict[str, Any], height: int | None, previous: str | None) -> None:
    """Raises Broken; `height` and `previous` are None before the first link."""
    at = link["height"]
    if height is not None and at != height + 1:
        raise Broken(f"link {height + 1} is missing")
    if at == 1 and link["previous"] != GENESIS:
        raise Broken("link 1 does not begin the chain")
    if previous is not None and link["previous"] != previous:
        raise Broken(f"link {at} does not follow from the link before")
    if link.get("withheld"):
        return
    if link["entry"] is None:
        raise Broken(f"the entry of link {at} is missing")
    hashed = hashlib.sha256(bytes.fromhex(link["previous"]) + link["entry"].encode()).hexdigest()
    if hashed != link["hash"]:
        raise Broken(f"the entry of link {at} was altered: {what(link['entry'])}")


def what(entry: str) -> str:
    try:
        said = json.loads(entry)
        return f"{said['action']} of {said['subjectKind']} {said['subject']} at {said['at']}"
    except (ValueError, KeyError, TypeError):
        return "it cannot be read"


def verify(paths: Iterable[str], expected_head: str | None = None) -> tuple[int, int, int, str]:
    """First and last height, how many entries were withheld, and the last hash; raises Broken."""
    first: int | None = None
    height: int | None = None
    previous: str | None = None
    withheld = 0
    for link in links(paths):
        check(link, height, previous)
        first = link["height"] if first is None else first
        height, previous = link["height"], link["hash"]
        withheld += bool(link.get("withheld"))
    if first is None or height is None or previous is None:
        raise Broken("there is no link in it")
    if expected_head is not None and previous != expected_head.lower():
        raise Broken(f"the last hash is {previous}, not the one that was given")
    return first, height, withheld, previous


def say(line: str) -> None:
    sys.stdout.write(line + "\n")


def main(arguments: list[str]) -> int:
    expected = None
    if "--head" in arguments:
        place = arguments.index("--head")
        expected = arguments[place + 1] if place + 1 < len(arguments) else ""
        arguments = arguments[:place] + arguments[place + 2 :]
    if not arguments:
        sys.stdout.write(__doc__ or "")
        return 2
    try:
        first, last, withheld, head = verify(arguments, expected)
    except Broken as broken:
        say(f"BROKEN: {broken}")
        return 1
    say(f"sound: links {first} to {last}, head {head}")
    if first != 1:
        say(f"note: what came before link {first} is not in these files")
    if withheld:
        say(f"note: {withheld} entries were withheld; their links fit, their content is not in these files")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
