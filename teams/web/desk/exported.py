"""Lists as CSV: the same filters as the page, bounded, recorded in the audit trail, safe to open in a spreadsheet."""

import csv
import io
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any, Final

from django.http import HttpRequest, HttpResponse

from teams import audit
from teams.web.desk.frame import Desk

MOST_EXPORTED: Final = 100_000
FORMAT: Final = "format"
# What a spreadsheet would take for a formula.
_ACTIVE: Final = ("=", "+", "-", "@", "\t", "\r")


def wants_csv(request: HttpRequest) -> bool:
    return request.GET.get(FORMAT) == "csv"


def as_csv(desk: Desk, name: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> HttpResponse:
    """A file of at most MOST_EXPORTED rows; the last line says so where there would be more.

    Call inside the page's transaction: the entry of the audit trail commits with the read.
    """
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(header)
    written, iterator = 0, iter(rows)
    for row in islice(iterator, MOST_EXPORTED):
        writer.writerow([_cell(value) for value in row])
        written += 1
    if next(iterator, None) is not None:
        writer.writerow([f"cut at {MOST_EXPORTED} rows: narrow the filters"])
    filters = {
        key: str(value)[:128] for key, value in desk.request.GET.items() if key not in {FORMAT, "cursor"}
    }
    audit.note(
        caller=desk.caller,
        action=f"{name}.exported",
        subject=("export", name),
        after={"rows": written, "filters": sorted(filters)},
    )
    answer = HttpResponse(text.getvalue().encode("utf-8-sig"), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="ratel-{name}.csv"'
    return answer


def _cell(value: Any) -> str:
    """Times as ISO 8601; text that would begin a formula is quoted, numbers stay numbers."""
    if value is None:
        return ""
    if hasattr(value, "isoformat"):
        return str(value.isoformat())
    text = str(value)
    if isinstance(value, str) and text.startswith(_ACTIVE):
        return "'" + text
    return text
