"""Alerts, the cases that group them, and drafts of regulatory reports."""

from cases.models.alerts import Alert, AlertEvaluation
from cases.models.files import Attachment, Bundle, CaseRelation
from cases.models.investigations import Case, CaseNote, CaseStep
from cases.models.reports import Report, ReportFiling, ReportingEntity, ReportStep, ReportVersion
from cases.models.saved_views import SavedView

__all__ = [
    "Alert",
    "AlertEvaluation",
    "Attachment",
    "Bundle",
    "Case",
    "CaseNote",
    "CaseRelation",
    "CaseStep",
    "Report",
    "ReportFiling",
    "ReportStep",
    "ReportVersion",
    "ReportingEntity",
    "SavedView",
]
