"""The letters of the PDF: FiraGO, which has Latin, Greek, Cyrillic, Arabic, Hebrew, Devanagari, Georgian and Thai.

A character that it lacks (Chinese, Japanese and Korean writing) is printed as its Latin reading in brackets; the XML and
the JSON carry the exact text. The font comes with a package and is put on disk once, because it is read from there.
"""

import logging
import os
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from anyascii import anyascii
from django.conf import settings

FAMILY: Final = "FiraGO"
_STYLES: Final = {"": "figo", "B": "figbo"}
# At the usual level it would write down which letters a report has.
logging.getLogger("fontTools").setLevel(logging.WARNING)


@lru_cache(maxsize=4)
def font_path(style: str) -> Path:
    """The file of the style (empty, or B for bold), written where it is not there yet."""
    # Late: a large package that only exports need.
    import pymupdf_fonts

    path = Path(settings.RATEL_STATE_DIRECTORY) / "fonts" / f"FiraGO-{style or 'R'}.ttf"
    content = pymupdf_fonts.myfont(_STYLES[style])
    if not path.exists() or path.stat().st_size != len(content):
        path.parent.mkdir(parents=True, exist_ok=True)
        written = path.with_suffix(f".{os.getpid()}")
        written.write_bytes(content)
        written.replace(path)
    return path


@lru_cache(maxsize=1)
def _known() -> frozenset[int]:
    from fontTools.ttLib import TTFont  # Late, as above.

    with TTFont(font_path("")) as font:
        found: dict[int, Any] = font.getBestCmap()
        return frozenset(found)


def printable(text: str) -> str:
    """The text in letters that the font has."""
    known = _known()
    if all(ord(letter) in known or letter == "\n" for letter in text):
        return text
    parts = []
    for is_known, letters in groupby(text, lambda letter: ord(letter) in known or letter in "\n "):
        run = "".join(letters)
        parts.append(run if is_known else _in_latin(run))
    return "".join(parts)


def _in_latin(run: str) -> str:
    """As it is read; nothing for what no reader sees, such as a control character."""
    read = anyascii(run).strip()
    return f"[{read}]" if read else ""
