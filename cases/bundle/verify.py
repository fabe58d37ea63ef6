#!/usr/bin/env python3
"""Checks an examination bundle offline, with nothing but Python 3.8 or newer.

    python3 verify.py                 in the folder that the archive was unpacked to
    python3 verify.py bundle.zip      the archive itself

1. Every file that MANIFEST.json names is there with the SHA-256 it names, and there is no other file.
2. Every entry of the audit trail fits its link: SHA-256(previous hash + entry) is the hash of the link; links that follow
   each other carry each other's hash.
3. Every decision that is included whole has the SHA-256 that the audit trail kept of it when it was made.

Exits with 0 where all of it holds, else with 1 and what does not.
"""

from __future__ import annotations

import hashlib
import json
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

MANIFEST = "MANIFEST.json"


class Folder:
    """An archive that was unpacked."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def names(self) -> list[str]:
        return [one.relative_to(self.root).as_posix() for one in self.root.rglob("*") if one.is_file()]

    def read(self, name: str) -> bytes:
        return (self.root / name).read_bytes()


class Archive:
    """An archive as it came."""

    def __init__(self, path: str) -> None:
        self.archive = zipfile.ZipFile(path)

    def names(self) -> list[str]:
        return [one for one in self.archive.namelist() if not one.endswith("/")]

    def read(self, name: str) -> bytes:
        return self.archive.read(name)


class Check:
    """What was looked at, and what does not hold."""

    def __init__(self, bundle: Any, manifest: dict[str, Any]) -> None:
        self.bundle, self.manifest = bundle, manifest
        self.problems: list[str] = []
        self.digests: dict[str, str] = {}
        self.fitting = self.following = self.waiting = self.decisions = 0

    def files(self) -> None:
        listed = {one["path"]: one["sha256"] for one in self.manifest["files"]}
        there = set(self.bundle.names())
        self.problems += [f"{path}: is missing" for path in sorted(set(listed) - there)]
        self.problems += [
            f"{path}: is not in the manifest" for path in sorted(there - set(listed) - {MANIFEST})
        ]
        for path in sorted(set(listed) & there):
            try:
                content = self.bundle.read(path)
            except Exception as error:
                self.problems.append(f"{path}: cannot be read ({error})")
                continue
            if hashlib.sha256(content).hexdigest() != listed[path]:
                self.problems.append(f"{path}: was changed: its SHA-256 is not the one of the manifest")

    def lines(self, folder: str) -> Iterator[tuple[str, dict[str, Any]]]:
        for path in sorted(one["path"] for one in self.manifest["files"]):
            if not (path.startswith(f"{folder}/") and path.endswith(".jsonl")):
                continue
            try:
                read = [json.loads(line) for line in self.bundle.read(path).splitlines()]
            except Exception:
                self.problems.append(f"{path}: cannot be read")
                continue
            for number, document in enumerate(read, start=1):
                yield f"{path} line {number}", document

    def trail(self) -> None:
        links: dict[int, dict[str, Any]] = {}
        for place, one in self.lines("audit"):
            entry, link = json.loads(one["canonical"]), one["link"]
            if entry["contentDigest"]:
                self.digests[entry["subject"]] = entry["contentDigest"]
            if link is None:
                self.waiting += 1
                continue
            current = hashlib.sha256(bytes.fromhex(link["previousHash"]) + one["canonical"].encode())
            if current.hexdigest() != link["hash"]:
                self.problems.append(f"{place}: the entry does not fit its link {link['height']}")
            elif link["height"] in links:
                self.problems.append(f"{place}: there are two links {link['height']}")
            else:
                links[link["height"]] = link
                self.fitting += 1
        for height in sorted(links):
            if height - 1 in links:
                self.following += 1
                if links[height]["previousHash"] != links[height - 1]["hash"]:
                    self.problems.append(f"audit: link {height} does not follow from link {height - 1}")

    def decided(self) -> None:
        for place, one in self.lines("evaluations"):
            if "stored" in one and one["id"] in self.digests:
                self.decisions += 1
                if hashlib.sha256(one["stored"].encode()).hexdigest() != self.digests[one["id"]]:
                    self.problems.append(
                        f"{place}: the decision is not the one that the audit trail recorded"
                    )


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def main(arguments: list[str]) -> int:
    try:
        bundle = Archive(arguments[0]) if arguments else Folder(Path(__file__).resolve().parent)
        check = Check(bundle, json.loads(bundle.read(MANIFEST)))
    except Exception as error:
        say(f"NOT SOUND  {MANIFEST} cannot be read: {error}")
        return 1
    check.files()
    check.trail()
    check.decided()
    if check.problems:
        for problem in check.problems:
            say(f"NOT SOUND  {problem}")
        return 1
    say(f"sound: {len(check.manifest['files'])} files as the manifest names them")
    say(
        f"sound: {check.fitting} audit entries fit their links, {check.following} follow another one directly"
    )
    if check.waiting:
        say(f"note: {check.waiting} audit entries had no link yet when the bundle was made")
    say(f"sound: {check.decisions} decisions are the ones that the audit trail recorded")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
