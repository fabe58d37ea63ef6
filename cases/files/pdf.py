"""PDF without anything that acts: no script, no launching, no files inside, nothing in front or behind."""

import io
import re
import zipfile
from typing import Final

from cases.files.plain import has_markup
from cases.files.wrong import Wrong

_HEAD: Final = re.compile(rb"%PDF-[12]\.\d[\r\n ]")
_LOOKED_AT: Final = 1024
# Names may be written with #xx for any of their letters.
_ESCAPE: Final = re.compile(rb"#([0-9a-fA-F]{2})")
_ACTIVE: Final = re.compile(
    rb"/(JavaScript|JS|Launch|EmbeddedFiles?|RichMedia|XFA|ImportData|SubmitForm)(?![A-Za-z])"
)
_END: Final = b"%%EOF"


def check_pdf(content: bytes) -> None:
    if not _HEAD.match(content):
        raise Wrong("its content is not a PDF document")
    end = content.rfind(_END)
    if end < 0:
        raise Wrong("the end of the document is missing")
    if content[end + len(_END) :].strip(b"\r\n\t \x00"):
        raise Wrong("there is something behind the end of the document")
    if has_markup(content[:_LOOKED_AT]) or zipfile.is_zipfile(io.BytesIO(content)):
        raise Wrong("it is a PDF document and something else at the same time")
    written_out = _ESCAPE.sub(lambda found: bytes([int(found[1], 16)]), content)
    active = _ACTIVE.search(written_out) or _ACTIVE.search(content)
    if active:
        raise Wrong(f"the document acts by itself or carries other files ({active[0].decode()})")
