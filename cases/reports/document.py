"""One report as its exports and checks see it: everything that is sent, in one value. No database here."""

from dataclasses import dataclass
from datetime import datetime

from cases.reports.content import Content
from cases.reports.entity import Entity


@dataclass(frozen=True)
class Document:
    """`id` is the public id, `name` what the jurisdiction calls such a report, `currency` the team's."""

    id: str
    type: str
    name: str
    status: str
    pack: str
    currency: str
    detected_at: datetime
    due_at: datetime
    dated_at: datetime
    content: Content
    entity: Entity
