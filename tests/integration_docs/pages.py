"""The fenced blocks of a page, and whether a real answer is the one that the page shows."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

PROJECT: Final = Path(__file__).resolve().parents[2]
PAGES: Final = (*sorted((PROJECT / "docs" / "integration").glob("*.md")), PROJECT / "docs" / "sandbox.md")
_BLOCK: Final = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# What is another each time: ids, moments, and how long something took.
_CHANGING: Final = (
    re.compile(r"[a-z]{3,5}_[0-9A-HJKMNP-TV-Z]{26}"),
    re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    re.compile(r"[0-9a-f]{24}"),
    re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\S*"),
)
_DURATIONS: Final = frozenset({"durationMs", "processingTimeMs", "timetaken", "receivedAt"})
REST: Final = "..."


@dataclass(frozen=True)
class Example:
    """What is pasted into a shell, and the answer to its last call where the page shows one."""

    script: str
    shown: Any


def examples_of(page: Path) -> list[Example]:
    """Every block with a call; a block of JSON is the answer to the one before it."""
    found: list[Example] = []
    after_a_call = False
    for kind, text in _BLOCK.findall(page.read_text()):
        if kind == "json":
            assert after_a_call, f"{page.name} shows an answer to nothing:\n{text}"
            found[-1] = Example(found[-1].script, json.loads(text))
        is_call = "curl" in text
        assert not is_call or kind == "sh", f"{page.name} has a call in a block that is not run:\n{text}"
        if is_call:
            found.append(Example(text, None))
        after_a_call = is_call
    return found


def differences(shown: Any, found: Any, path: str = "answer") -> Iterator[str]:
    """Where the answer is not as shown. `"..."` stands for any value, as a key for further ones (one of which is as the
    value beside it), in a list for the rest."""
    if shown == REST:
        return
    if isinstance(shown, dict) and isinstance(found, dict):
        named = {key: value for key, value in shown.items() if key != REST}
        for key, value in named.items():
            if key not in found:
                yield f"{path}.{key} is not in the answer"
            elif key not in _DURATIONS:
                yield from differences(value, found[key], f"{path}.{key}")
        others = [key for key in found if key not in named]
        if REST not in shown:
            yield from (f"{path}.{key} is not shown" for key in others)
        elif all(list(differences(shown[REST], found[key])) for key in others):
            yield f"{path} has no further value as it is shown"
    elif isinstance(shown, list) and isinstance(found, list):
        has_rest = bool(shown) and shown[-1] == REST
        named_items = shown[:-1] if has_rest else shown
        if len(found) < len(named_items) or (len(found) > len(named_items) and not has_rest):
            yield f"{path} has {len(found)} elements, {len(named_items)} are shown"
        for position, (one, other) in enumerate(zip(named_items, found, strict=False)):
            yield from differences(one, other, f"{path}[{position}]")
    elif not _same(shown, found):
        yield f"{path} is {found!r}, {shown!r} is shown"


def _same(shown: Any, found: Any) -> bool:
    if isinstance(shown, str) and isinstance(found, str):
        if shown.endswith(REST):
            return found.startswith(shown.removesuffix(REST))
        return shown == found or any(one.fullmatch(shown) and one.fullmatch(found) for one in _CHANGING)
    return bool(shown == found) and isinstance(shown, bool) == isinstance(found, bool)
