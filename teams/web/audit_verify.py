"""The desk's pages that verify the chain of the audit trail, and take it along for verifying elsewhere.

They change nothing of it; that somebody verified or exported it is an entry of its own.
"""

import io
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from django.http import HttpResponse

from ratel.identifiers import show
from ratel.problem import NotFound, Problem
from teams.audit import export, note, offline
from teams.audit.chain import GENESIS
from teams.audit.walk import STRETCH, Stretch, chain_height, verify_stretch, waiting_after
from teams.roles import ROLE_SCOPES, Role
from teams.web.desk import Desk, page
from teams.web.desk.filters import Filters

SEES_REPORTS: Final = "reports.read"
# Links of one file: a few megabytes, packed in a second.
PART: Final = 20_000
PARTS_SHOWN: Final = 12


@dataclass(frozen=True)
class Walked:
    """How far a verification is, and what it came to."""

    stretch: Stretch
    total: int
    unlinked: int
    overdue: int

    @property
    def is_done(self) -> bool:
        return self.stretch.is_last or self.is_broken

    @property
    def is_broken(self) -> bool:
        return self.stretch.broken_at is not None

    @property
    def head(self) -> str:
        return self.stretch.head.hex()

    @property
    def entry(self) -> str:
        return show("aud", self.stretch.entry_id) if self.stretch.entry_id else ""


@page(section="audit", needs="audit.read")
def audit_verify(desk: Desk) -> HttpResponse:
    """How long the chain is, and the way into verifying it or taking it along."""
    height = chain_height(desk.team.organisation_id)
    return desk.render("desk/audit/verify.html", _verify_context(height))


@page(section="audit", needs="audit.read")
def audit_walk(desk: Desk) -> HttpResponse:
    """Verifies the next stretch of links; the page asks for one after the other until the chain ends or breaks."""
    after, head = _where(desk)
    organisation_id = desk.team.organisation_id
    stretch = verify_stretch(organisation_id, after, head)
    height = chain_height(organisation_id)
    unlinked, overdue = 0, 0
    if stretch.is_last:
        waiting = waiting_after(organisation_id, stretch.height)
        unlinked, overdue = waiting.unlinked, waiting.overdue
    walked = Walked(stretch, max(height, stretch.height), unlinked, overdue)
    if walked.is_done:
        after_fields = {"upTo": stretch.height, "brokenAt": stretch.broken_at, "head": walked.head}
        note(
            caller=desk.caller,
            action="audit.verified",
            subject=("organisation", show("org", organisation_id)),
            after=after_fields,
        )
    if desk.request.headers.get("HX-Request") == "true":
        return desk.render("desk/audit/walked.html", {"walked": walked})
    return desk.render("desk/audit/verify.html", {**_verify_context(height), "walked": walked})


@page(section="audit", needs="audit.read")
def audit_export(desk: Desk) -> HttpResponse:
    """A part of the chain with the script that verifies it, as one archive."""
    query = Filters(desk.request, "first")
    first = _first(query)
    query.finish()
    organisation_id = desk.team.organisation_id
    last = min(first + PART - 1, chain_height(organisation_id))
    if last < first:
        raise NotFound("The chain has no such link")
    note(
        caller=desk.caller,
        action="audit.exported",
        subject=("organisation", show("org", organisation_id)),
        after={"from": first, "to": last},
    )
    name = f"ratel-audit-{first}-{last}"
    answer = HttpResponse(_archive(desk, name, first, last), content_type="application/zip")
    answer["Content-Disposition"] = f'attachment; filename="{name}.zip"'
    return answer


def _where(desk: Desk) -> tuple[int, bytes]:
    """Where the walk goes on: behind which height, and the hash that it came to there."""
    query = Filters(desk.request, "after", "head")
    text, head = query.text("after") or "0", query.text("head")
    after = int(text) if text.isdecimal() and len(text) < 16 else -1
    try:
        came_to = GENESIS if after == 0 else bytes.fromhex(head or "")
    except ValueError:
        came_to = b""
    if after < 0 or len(came_to) != len(GENESIS):
        query.problems.append(Problem("after", "must be a height, with the hash that the walk came to there"))
    query.finish()
    return after, came_to


def _first(query: Filters) -> int:
    text = query.text("first") or "1"
    if text.isdecimal() and len(text) < 16 and int(text) >= 1:
        return int(text)
    query.problems.append(Problem("first", "must be the height of a link"))
    return 1


def _verify_context(height: int) -> dict[str, Any]:
    firsts = range(1, height + 1, PART)
    parts = [(first, min(first + PART - 1, height)) for first in firsts]
    return {"height": height, "stretch": STRETCH, "parts": parts[::-1][:PARTS_SHOWN], "part": PART}


def _archive(desk: Desk, name: str, first: int, last: int) -> bytes:
    """The links of this part; what the person may not see anywhere in the organisation is withheld, its links are not."""
    roles = {one.team_id: ROLE_SCOPES[Role(one.role)] for one in desk.memberships}
    teams = {team_id for team_id, scopes in roles.items() if "audit.read" in scopes}
    with_reports = {team_id for team_id in teams if SEES_REPORTS in roles[team_id]}
    organisation_id = desk.team.organisation_id
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        with archive.open(f"{name}.jsonl", "w") as file:
            file.write(export.head_line(organisation_id, first, last))
            file.writelines(export.lines(organisation_id, first, last, export.seen_by(teams, with_reports)))
        archive.writestr("verify_audit.py", Path(offline.__file__).read_bytes())
        archive.writestr("README.txt", _readme(name, first, last, datetime.now(UTC)))
    return packed.getvalue()


def _readme(name: str, first: int, last: int, now: datetime) -> str:
    return (
        f"Audit trail, links {first} to {last}, taken at {now:%Y-%m-%d %H:%M} UTC.\n\n"
        f"Verify it with Python 3 and nothing else:\n\n    python3 verify_audit.py {name}.jsonl\n\n"
        "Several parts are verified together, in their order. Note the last hash (the head) somewhere else: a trail\n"
        "that was rewritten as a whole comes to another one (--head HASH compares).\n"
    )
