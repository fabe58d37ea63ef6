"""Alerts, the cases that group them, and drafts of regulatory reports."""

from cases.models.alerts import Alert, AlertEvaluation
from cases.models.investigations import Case, CaseNote, CaseStep, Report

__all__ = ["Alert", "AlertEvaluation", "Case", "CaseNote", "CaseStep", "Report"]
