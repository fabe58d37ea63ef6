"""The name under which a file is kept: its last part, without anything that a file system or a reader could trip over."""

import re
import unicodedata
from typing import Final

LONGEST_NAME: Final = 120
_FORBIDDEN: Final = re.compile(r'[<>:"|?*]')
# Names that mean a device to one widespread system.
_DEVICES: Final = re.compile(r"^(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)
_NO_LETTERS: Final = frozenset({"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"})


def clean_name(given: str) -> str:
    """The base name of `given`: no folders, no control or direction characters, no leading dots; "" where none is."""
    last = given.replace("\\", "/").rsplit("/", 1)[-1]
    text = unicodedata.normalize("NFC", last)
    text = "".join(letter for letter in text if unicodedata.category(letter) not in _NO_LETTERS)
    text = " ".join(_FORBIDDEN.sub("_", text).split()).lstrip(". ").rstrip(". ")
    if _DEVICES.match(text):
        text = f"_{text}"
    stem, dot, ending = text.rpartition(".")
    if dot and len(text) > LONGEST_NAME:
        return f"{stem[: LONGEST_NAME - len(ending) - 1]}.{ending}"[:LONGEST_NAME]
    return text[:LONGEST_NAME]


def ending_of(name: str) -> str:
    """The lower-case ending without its dot, "" where there is none."""
    return name.rpartition(".")[2].lower() if "." in name else ""
