"""The authority's reference and the file it sent, sealed. A file is small, of a kind that is known by its first bytes."""

from dataclasses import dataclass
from pathlib import PurePath
from typing import Final

import msgspec

from cases.models import ReportFiling
from ratel.problem import Invalid, Problem, TooLarge
from ratel.sealing import seal, unseal

LARGEST_BYTES: Final = 1_000_000
LONGEST_REFERENCE: Final = 100
_FILE: Final = b"file"
# By its ending: the media type, and how such a file begins.
_KINDS: Final = {
    ".pdf": ("application/pdf", (b"%PDF-",)),
    ".xml": ("application/xml", (b"<?xml", b"\xef\xbb\xbf<?xml", b"<")),
    ".txt": ("text/plain", ()),
}


class Filing(msgspec.Struct, frozen=True, omit_defaults=True):
    """`reference` is what the authority calls it; `file_name` that of the file it sent."""

    reference: str
    file_name: str = ""


@dataclass(frozen=True)
class Evidence:
    """A file that fits: its name without any path, its media type and bytes."""

    name: str
    media_type: str
    content: bytes


def evidence_of(name: str, content: bytes) -> Evidence:
    """Raises Invalid for anything but a PDF, XML or text file, TooLarge above a million bytes."""
    if len(content) > LARGEST_BYTES:
        raise TooLarge(f"The file is larger than {LARGEST_BYTES:,} bytes")
    bare = PurePath(name.replace("\\", "/")).name[:100]
    known = _KINDS.get(PurePath(bare).suffix.lower())
    if known is None or not content or not _begins(content, known[1]):
        raise Invalid(errors=[Problem("file", "must be a PDF, XML or text file")])
    return Evidence(bare, known[0], content)


def _begins(content: bytes, beginnings: tuple[bytes, ...]) -> bool:
    if beginnings:
        return content.startswith(beginnings)
    try:
        return "\x00" not in content.decode("utf-8")
    except UnicodeDecodeError:
        return False


def seal_filing(row: ReportFiling, filing: Filing, evidence: Evidence | None) -> None:
    row.sealed_reference = seal(msgspec.json.encode(filing), row.id.bytes)
    if evidence is not None:
        row.sealed_file = seal(evidence.content, row.id.bytes + _FILE)
        row.media_type = evidence.media_type


def open_filing(row: ReportFiling) -> Filing:
    return msgspec.json.decode(unseal(bytes(row.sealed_reference), row.id.bytes), type=Filing)


def open_file(row: ReportFiling) -> bytes | None:
    return None if row.sealed_file is None else unseal(bytes(row.sealed_file), row.id.bytes + _FILE)
