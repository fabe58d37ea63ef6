"""Files as people send them, and files as attackers do."""

import io
import struct
import zipfile
import zlib

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def png(*more: tuple[bytes, bytes]) -> bytes:
    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    image = chunk(b"IDAT", zlib.compress(b"\x00\x00"))
    others = b"".join(chunk(*one) for one in more)
    return b"\x89PNG\r\n\x1a\n" + head + others + image + chunk(b"IEND", b"")


def jpeg(comment: bytes = b"") -> bytes:
    def segment(marker: int, body: bytes) -> bytes:
        return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body

    told = segment(0xFE, comment) if comment else b""
    frame = segment(0xC0, b"\x08" + struct.pack(">HH", 1, 1) + b"\x01\x01\x11\x00")
    scan = segment(0xDA, b"\x01\x01\x00\x00\x3f\x00") + b"\x12\xff\x00\x34\xff\xd0\x56"
    return b"\xff\xd8" + segment(0xE0, b"JFIF\x00\x01\x01") + told + frame + scan + b"\xff\xd9"


def office(kind: str = "xlsx", **more: bytes) -> bytes:
    main, told = {
        "xlsx": ("xl/workbook.xml", "spreadsheetml.sheet.main+xml"),
        "docx": ("word/document.xml", "wordprocessingml.document.main+xml"),
    }[kind]
    family = "application/vnd.openxmlformats-officedocument"
    types = f'<Types><Override PartName="/{main}" ContentType="{family}.{told}"/></Types>'
    entries = {"[Content_Types].xml": types.encode(), main: b"<main/>"}
    entries |= {name.replace("__", "/"): content for name, content in more.items()}
    return zipped(entries)


def zipped(entries: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return target.getvalue()


def lying_bomb() -> bytes:
    """A workbook with a part of 80 MB that says of itself that it has ten bytes."""
    honest = office(xl__sheet1_xml=b"0" * (80 * 1024 * 1024))
    size = struct.pack("<I", 80 * 1024 * 1024)
    return honest.replace(size, struct.pack("<I", 10))
