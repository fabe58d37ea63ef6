"""Workbooks and documents, which are archives: unpacked in memory within hard limits, without macros, without programs,
without anything that is fetched from elsewhere."""

import io
import re
import zipfile
import zlib
from typing import Final

from cases.files.wrong import Wrong

MOST_ENTRIES: Final = 2_000
MOST_UNPACKED_BYTES: Final = 64 * 1024 * 1024
# XML packs well; nothing honest of some size packs a hundred times.
MOST_RATIO: Final = 100
_RATIO_FROM_BYTES: Final = 1024 * 1024
_READ_AT_ONCE: Final = 64 * 1024
_ENCRYPTED: Final = 0x1
_PROGRAMS: Final = re.compile(
    r"(vbaproject|vbadata|\.bin$|activex/|embeddings/|macrosheets/|\.(exe|dll|js|vbs|hta|bat|cmd|ps1|zip|jar|docm|xlsm)$)"
)
_PICTURE_DATA: Final = re.compile(r"(printersettings/printersettings\d+|customproperty\d+)\.bin$")
_FETCHED: Final = re.compile(
    rb"Type=\"[^\"]*/(attachedTemplate|oleObject|frame|subDocument|externalLinkPath)\"", re.IGNORECASE
)
_EXTERNAL: Final = re.compile(rb"TargetMode\s*=\s*[\"']External[\"']", re.IGNORECASE)
_RELATION: Final = re.compile(rb"<Relationship\b[^>]*>", re.IGNORECASE)
_MACROS: Final = re.compile(rb"macroEnabled|vbaProject|intlmacrosheet", re.IGNORECASE)


def check_workbook(content: bytes) -> None:
    _check(content, "xl/workbook.xml", b"spreadsheetml.sheet.main+xml")


def check_document(content: bytes) -> None:
    _check(content, "word/document.xml", b"wordprocessingml.document.main+xml")


def _check(content: bytes, main: str, main_type: bytes) -> None:
    if not content.startswith(b"PK\x03\x04"):
        raise Wrong("its content is not an Office document")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            _check_entries(entries, content)
            parts = _unpacked(archive, entries)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, zlib.error, EOFError, ValueError):
        raise Wrong("the archive inside is damaged or of another kind") from None
    if main not in parts or main_type not in parts.get("[Content_Types].xml", b""):
        raise Wrong("its content is not what its ending says")
    if _MACROS.search(parts["[Content_Types].xml"]):
        raise Wrong("it has macros")
    for name, part in parts.items():
        if b"<!DOCTYPE" in part or b"<!ENTITY" in part:
            raise Wrong("its XML declares entities")
        if name.endswith(".rels") and any(
            _FETCHED.search(one) and _EXTERNAL.search(one) for one in _RELATION.findall(part)
        ):
            raise Wrong("it fetches a part of itself from elsewhere")


def _check_entries(entries: list[zipfile.ZipInfo], content: bytes) -> None:
    if len(entries) > MOST_ENTRIES:
        raise Wrong(f"the archive inside has more than {MOST_ENTRIES:,} entries")
    if sum(entry.file_size for entry in entries) > MOST_UNPACKED_BYTES:
        raise Wrong("it unpacks to more than is read (a zip bomb does that)")
    names = [entry.filename.lower() for entry in entries]
    if len(set(names)) != len(names):
        raise Wrong("the archive inside has a name twice")
    for entry, name in zip(entries, names, strict=True):
        if "\\" in name or name.startswith("/") or ".." in name.split("/") or ":" in name or "\x00" in name:
            raise Wrong("a name in the archive inside leads out of it")
        if entry.flag_bits & _ENCRYPTED:
            raise Wrong("it is encrypted, so nobody can check it")
        if entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            raise Wrong("it is packed in an unusual way")
        if (entry.external_attr >> 16) & 0o170000 == 0o120000:
            raise Wrong("the archive inside has a link")
        if _PROGRAMS.search(name) and not _PICTURE_DATA.search(name):
            raise Wrong("it has macros, programs or other files inside")
    if min((entry.header_offset for entry in entries), default=0) != 0:
        raise Wrong("there is something in front of the archive inside")
    if content[content.rfind(b"PK\x05\x06") + 20 :] != b"\x00\x00":
        raise Wrong("there is something behind the archive inside")


def _unpacked(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo]) -> dict[str, bytes]:
    """The XML parts; every entry is unpacked and counted, because what an archive says of its sizes can be a lie."""
    total, parts = 0, {}
    for entry in entries:
        kept = entry.filename.endswith((".xml", ".rels"))
        pieces, size = [], 0
        with archive.open(entry) as packed:
            while piece := packed.read(_READ_AT_ONCE):
                size += len(piece)
                total += len(piece)
                is_bomb = size > _RATIO_FROM_BYTES and size > MOST_RATIO * max(entry.compress_size, 1)
                if total > MOST_UNPACKED_BYTES or is_bomb:
                    raise Wrong("it unpacks to more than is read (a zip bomb does that)")
                if kept:
                    pieces.append(piece)
        if kept:
            parts[entry.filename] = b"".join(pieces)
    return parts
