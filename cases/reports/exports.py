"""How a report leaves the house: goAML XML only where it is valid, PDF and JSON as it stands. Each export is audited."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from cases.models import Report
from cases.reports.document import Document
from cases.reports.goaml.check import problems
from cases.reports.goaml.write import goaml_xml
from cases.reports.pdf import report_pdf
from cases.reports.serial import document_json
from cases.reports.working import (
    content_of,
    document_of,
    entity_row,
    open_entity,
    require,
    step,
)
from cases.services.investigation import working
from ratel.identifiers import show
from ratel.json import encode
from ratel.problem import Invalid, NotFound, Problem, Unprocessable
from teams.principal import Principal


@dataclass(frozen=True)
class Exported:
    file_name: str
    media_type: str
    content: bytes


def _json(document: Document) -> bytes:
    return bytes(encode(document_json(document)))


FORMATS: Final[dict[str, tuple[str, str, Callable[[Document], bytes]]]] = {
    "goaml": ("application/xml", "xml", goaml_xml),
    "pdf": ("application/pdf", "pdf", report_pdf),
    "json": ("application/json", "json", _json),
}


def report_export(*, caller: Principal, report_id: UUID | None, wanted: str) -> Exported:
    """Raises Unprocessable with what is missing where the XML would not be taken."""
    require(caller, "reports.read")
    if wanted not in FORMATS:
        raise Invalid(errors=[Problem("format", f"must be one of {', '.join(FORMATS)}")])
    media_type, ending, write = FORMATS[wanted]
    with working(caller):
        report = Report.objects.filter(team_id=caller.team.id, id=report_id).first() if report_id else None
        if report is None:
            raise NotFound
        content = content_of(report, caller.team)
        document = document_of(report, caller.team, content, open_entity(entity_row(report.team_id)))
        if wanted == "goaml" and (found := problems(document)):
            raise Unprocessable("The report cannot be filed as it is", code="report_incomplete", errors=found)
        body = write(document)
        step(caller, report, "exported", format=wanted)
    return Exported(f"{show('rep', report.id)}.{ending}", media_type, body)
