"""Everything that was written to a case (notes, steps, files, relations, reports) in one statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson

from ratel.statements import driver_connection
from teams.audit.export import REPORT_WORDS

MOST_OF_EACH: Final = 500
_NOTES: Final = (
    "(SELECT 'note' AS kind, id, created_at AS at, author_kind, author_id, sealed_text AS sealed, NULL::jsonb AS detail"
    " FROM cases_casenote WHERE team_id = %(team)s AND case_id = %(case)s ORDER BY id DESC LIMIT %(most)s)"
)
_STEPS: Final = (
    "(SELECT 'step', id, at, actor_kind, actor_id, NULL::bytea, jsonb_build_object('action', action, 'detail', detail)"
    " FROM cases_casestep WHERE team_id = %(team)s AND case_id = %(case)s ORDER BY id DESC LIMIT %(most)s)"
)
_FILES: Final = (
    "(SELECT 'file', id, added_at, added_by_kind, added_by_id, sealed_name,"
    " jsonb_build_object('kind', kind, 'bytes', size_bytes, 'sha256', sha256)"
    " FROM cases_attachment WHERE team_id = %(team)s AND case_id = %(case)s ORDER BY id LIMIT %(most)s)"
)
_RELATIONS: Final = (
    "(SELECT 'relation', r.id, r.related_at, r.related_by_kind, r.related_by_id, r.sealed_reason,"
    " jsonb_build_object('kind', r.far_kind, 'other', r.far, 'status', COALESCE(c.status, a.status),"
    " 'type', COALESCE(c.type, a.trigger), 'title', c.title)"
    " FROM (SELECT x.*, CASE WHEN x.case_id = %(case)s THEN x.kind ELSE 'case' END AS far_kind,"
    " CASE WHEN x.case_id = %(case)s THEN x.other_id ELSE x.case_id END AS far"
    " FROM cases_caserelation x WHERE x.team_id = %(team)s"
    " AND (x.case_id = %(case)s OR x.other_id = ANY(%(sides)s)) ORDER BY x.id LIMIT %(most)s) r"
    " LEFT JOIN cases_case c ON r.far_kind = 'case' AND c.id = r.far"
    " LEFT JOIN cases_alert a ON r.far_kind = 'alert' AND a.id = r.far)"
)
_REPORT_STEPS: Final = (
    "(SELECT 'step', id, at, actor_kind, actor_id, NULL::bytea,"
    " jsonb_build_object('action', 'report_' || action, 'detail', detail) FROM cases_reportstep"
    " WHERE team_id = %(team)s AND case_id = %(case)s ORDER BY id DESC LIMIT %(most)s)"
)
_REPORTS: Final = (
    "(SELECT 'report', id, created_at, 'system', NULL::uuid, NULL::bytea,"
    " jsonb_build_object('type', type, 'status', status) FROM cases_report"
    " WHERE team_id = %(team)s AND case_id = %(case)s ORDER BY id LIMIT %(most)s)"
)


@dataclass(frozen=True)
class Record:
    kind: str
    id: UUID
    at: datetime
    actor_kind: str
    actor_id: UUID | None
    sealed: bytes | None
    detail: dict[str, Any]


def records_of(
    team_id: UUID, case_id: UUID, alert_ids: Sequence[UUID], *, with_reports: bool
) -> dict[str, list[Record]]:
    """By kind, oldest first. Reports, and steps that tell of one, only for those who may know of them."""
    parts = [_NOTES, _STEPS, _FILES, _RELATIONS, *([_REPORTS, _REPORT_STEPS] if with_reports else [])]
    asked = {"team": team_id, "case": case_id, "most": MOST_OF_EACH, "sides": [case_id, *alert_ids]}
    found: dict[str, list[Record]] = {"note": [], "step": [], "file": [], "relation": [], "report": []}
    for row in driver_connection().execute(" UNION ALL ".join(parts).encode(), asked):
        sealed = bytes(row[5]) if row[5] is not None else None
        # The connection leaves JSON as text: models decode it themselves.
        record = Record(*(*row[:5], sealed, orjson.loads(row[6]) if row[6] else {}))
        if record.kind == "step" and not with_reports and tells_of_report(record.detail["action"]):
            continue
        found[record.kind].append(record)
    return {kind: sorted(records, key=lambda one: (one.at, one.id)) for kind, records in found.items()}


def tells_of_report(action: str) -> bool:
    """Whether a step, or an entry of the audit trail, gives away that a report exists."""
    return not REPORT_WORDS.isdisjoint(action.lower().replace(".", "_").split("_"))
