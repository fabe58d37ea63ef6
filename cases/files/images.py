"""PNG and JPEG, walked from the first byte to the last: what hides in front, behind or in their texts is found."""

import zlib
from typing import Final

from cases.files.plain import has_markup
from cases.files.wrong import Wrong

_PNG: Final = b"\x89PNG\r\n\x1a\n"
_LARGEST_SIDE: Final = 20_000
_MOST_PIXELS: Final = 100_000_000
_STANDALONE: Final = frozenset({0x01, *range(0xD0, 0xD8)})
_START_OF_SCAN: Final = 0xDA
_END: Final = 0xD9
_FRAMES: Final = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})


def check_png(content: bytes) -> None:
    if not content.startswith(_PNG):
        raise Wrong("its content is not a PNG image")
    names: list[bytes] = []
    position = len(_PNG)
    while position < len(content):
        length = int.from_bytes(content[position : position + 4], "big")
        name, end = content[position + 4 : position + 8], position + 12 + length
        body = content[position + 8 : end - 4]
        if end > len(content) or zlib.crc32(name + body) != int.from_bytes(content[end - 4 : end], "big"):
            raise Wrong("its content is a damaged PNG image")
        if not names:
            _check_size(name == b"IHDR", int.from_bytes(body[:4], "big"), int.from_bytes(body[4:8], "big"))
        if name != b"IDAT" and has_markup(body):
            raise Wrong("a page or a program hides in the image")
        names.append(name)
        position = end
        if name == b"IEND":
            break
    if names[-1:] != [b"IEND"] or b"IDAT" not in names or position != len(content):
        raise Wrong("there is something behind the end of the image, or the end is missing")


def check_jpeg(content: bytes) -> None:
    if not content.startswith(b"\xff\xd8\xff"):
        raise Wrong("its content is not a JPEG image")
    position, has_frame, has_scan = 2, False, False
    while position < len(content):
        if content[position] != 0xFF:
            raise Wrong("its content is a damaged JPEG image")
        marker = content[position + 1] if position + 1 < len(content) else 0
        position += 2
        if marker == _END:
            if not (has_frame and has_scan) or position != len(content):
                raise Wrong("there is something behind the end of the image, or it has no picture")
            return
        if marker in _STANDALONE or marker == 0xFF:
            position -= marker == 0xFF
            continue
        length = int.from_bytes(content[position : position + 2], "big")
        body = content[position + 2 : position + length]
        if length < 2 or position + length > len(content):
            raise Wrong("its content is a damaged JPEG image")
        if has_markup(body):
            raise Wrong("a page or a program hides in the image")
        if marker in _FRAMES:
            has_frame = True
            _check_size(len(body) >= 6, int.from_bytes(body[3:5], "big"), int.from_bytes(body[1:3], "big"))
        position += length
        if marker == _START_OF_SCAN:
            has_scan, position = True, _after_scan(content, position)
    raise Wrong("the end of the image is missing")


def _after_scan(content: bytes, position: int) -> int:
    """Where the next marker stands; inside a scan a byte FF is followed by 00 or a restart."""
    while True:
        position = content.find(b"\xff", position)
        if position < 0 or position + 1 >= len(content):
            raise Wrong("the end of the image is missing")
        if content[position + 1] == 0 or content[position + 1] in _STANDALONE:
            position += 2
        else:
            return position


def _check_size(is_header: bool, width: int, height: int) -> None:
    if not is_header:
        raise Wrong("its content is a damaged image")
    if not (0 < width <= _LARGEST_SIDE and 0 < height <= _LARGEST_SIDE) or width * height > _MOST_PIXELS:
        raise Wrong(f"the image is larger than {_LARGEST_SIDE} pixels a side or {_MOST_PIXELS:,} in all")
