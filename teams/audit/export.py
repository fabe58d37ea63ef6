"""The chain as a file that anybody can verify without this installation (`offline.py` is the script that does).

One line of JSON for each link: its height, the hash before it, its own, and the entry in the very form that was hashed.
An entry that the reader may not see is left out and its link stays, so the rest can still be verified around it.
"""

from collections.abc import Callable, Collection, Iterator
from typing import Any, Final
from uuid import UUID

import orjson

from ratel.statements import driver_connection
from teams.audit.chain import COLUMNS, canonical
from teams.audit.plans import along_the_index

FORMAT: Final = "ratel-audit-1"
AT_ONCE: Final = 5_000
_ACTION, _SUBJECT_KIND, _TEAM = 7, 8, 2
_LINKS: Final = (
    f"SELECT l.height, l.previous_hash, l.hash, {COLUMNS}"  # noqa: S608 - our own names
    " FROM teams_auditlink l LEFT JOIN teams_auditentry e ON e.id = l.entry_id AND e.organisation_id = l.organisation_id"
    " WHERE l.organisation_id = %s AND l.height > %s AND l.height <= %s ORDER BY l.height LIMIT %s"
)
# Whether an entry may be in the file, from its columns and its canonical form.
May = Callable[[tuple[Any, ...], bytes], bool]


def everything(entry: tuple[Any, ...], document: bytes) -> bool:
    return True


def seen_by(teams: Collection[UUID], with_reports: Collection[UUID]) -> May:
    """Entries of the organisation and of these teams; what could tell of a report only of those in `with_reports`."""

    def may(entry: tuple[Any, ...], document: bytes) -> bool:
        team_id = entry[_TEAM]
        if team_id is not None and team_id not in teams:
            return False
        tells = tells_of_report(entry[_ACTION], entry[_SUBJECT_KIND], document)
        return not tells or (team_id in with_reports if team_id is not None else bool(with_reports))

    return may


def tells_of_report(action: str, subject_kind: str, document: bytes) -> bool:
    """Whether somebody could learn from an entry that a report to the regulator exists."""
    words = {*action.lower().replace("_", ".").split("."), *subject_kind.lower().split("_")}
    return bool(words & REPORT_WORDS) or REPORT_ID in document


REPORT_WORDS: Final = frozenset({"report", "reports", "sar", "str", "ctr", "ftr", "goaml", "reported"})
REPORT_ID: Final = b"rep_"


def head_line(organisation_id: UUID, first: int, last: int) -> bytes:
    return _line({"format": FORMAT, "organisation": str(organisation_id), "from": first, "to": last})


def lines(organisation_id: UUID, first: int, last: int, may: May = everything) -> Iterator[bytes]:
    """The links of these heights; call inside `tenant(organisation)`."""
    after = first - 1
    while after < last:
        asked = (organisation_id, after, last, AT_ONCE)
        with along_the_index():
            rows = driver_connection().execute(_LINKS, asked).fetchall()
        if not rows:
            return
        for row in rows:
            yield _line(_link(row, may))
        after = rows[-1][0]


def _link(row: tuple[Any, ...], may: May) -> dict[str, Any]:
    height, previous, current, *columns = row
    entry = tuple(columns)
    link = {"height": height, "previous": bytes(previous).hex(), "hash": bytes(current).hex()}
    if entry[0] is None:
        return {**link, "entry": None}
    document = canonical(entry)
    if not may(entry, document):
        return {**link, "withheld": True}
    return {**link, "entry": document.decode()}


def _line(document: dict[str, Any]) -> bytes:
    return orjson.dumps(document) + b"\n"
