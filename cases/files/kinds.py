"""What a file is, decided by its bytes and its ending together. Pure: it reads bytes and never runs, renders or stores
anything. Whoever is refused is told why, in words that say nothing of the content."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from cases.files.images import check_jpeg, check_png
from cases.files.office import check_document, check_workbook
from cases.files.pdf import check_pdf
from cases.files.plain import check_csv, check_text
from cases.files.wrong import Wrong


@dataclass(frozen=True)
class Kind:
    """`media_type` is what it is served as; `check` raises Wrong for bytes that are not just that."""

    code: str
    label: str
    endings: tuple[str, ...]
    media_type: str
    check: Callable[[bytes], None]


_OFFICE: Final = "application/vnd.openxmlformats-officedocument"
KINDS: Final = (
    Kind("pdf", "PDF", ("pdf",), "application/pdf", check_pdf),
    Kind("png", "PNG image", ("png",), "image/png", check_png),
    Kind("jpeg", "JPEG image", ("jpg", "jpeg"), "image/jpeg", check_jpeg),
    Kind("text", "plain text", ("txt",), "text/plain; charset=utf-8", check_text),
    Kind("csv", "CSV", ("csv",), "text/csv; charset=utf-8", check_csv),
    Kind("xlsx", "Excel workbook", ("xlsx",), f"{_OFFICE}.spreadsheetml.sheet", check_workbook),
    Kind("docx", "Word document", ("docx",), f"{_OFFICE}.wordprocessingml.document", check_document),
)
BY_CODE: Final = {kind.code: kind for kind in KINDS}
BY_ENDING: Final = {ending: kind for kind in KINDS for ending in kind.endings}
ENDINGS: Final = tuple(f".{ending}" for ending in BY_ENDING)


def kind_of(ending: str, content: bytes) -> Kind:
    """The kind that both the ending and the bytes say; raises Wrong."""
    kind = BY_ENDING.get(ending)
    if kind is None:
        raise Wrong(f"its ending is none of {', '.join(ENDINGS)}")
    if not content:
        raise Wrong("it is empty")
    kind.check(content)
    return kind
