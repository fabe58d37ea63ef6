"""Addresses of cases."""

from django.urls import URLPattern, path

from cases.api import alert_actions as actions
from cases.api import attachments, bank_cases, cases, reports
from cases.api.alerts import AlertsView, AlertView
from cases.web.home import home

urlpatterns: list[URLPattern] = [
    path("", home, name="home"),
    path("api/alerts", AlertsView.as_view()),
    path("api/alerts/take-next", actions.TakeNextView.as_view()),
    path("api/alerts/bulk", actions.AlertsAtOnceView.as_view()),
    path("api/alerts/<str:alert_id>", AlertView.as_view()),
    path("api/alerts/<str:alert_id>/assign", actions.AlertAssignView.as_view()),
    path("api/alerts/<str:alert_id>/snooze", actions.AlertSnoozeView.as_view()),
    path("api/alerts/<str:alert_id>/dismiss", actions.AlertDismissView.as_view()),
    path("api/alerts/<str:alert_id>/escalate", actions.AlertEscalateView.as_view()),
    path("api/cases", cases.CasesView.as_view()),
    path("api/cases/<str:case_id>", cases.CaseView.as_view()),
    path("api/cases/<str:case_id>/notes", cases.CaseNotesView.as_view()),
    path("api/cases/<str:case_id>/alerts", cases.CaseAlertsView.as_view()),
    path("api/cases/<str:case_id>/attachments", attachments.AttachmentsView.as_view()),
    path("api/attachments/<str:attachment_id>", attachments.AttachmentView.as_view()),
    path("api/cases/<str:case_id>/close", cases.CaseCloseView.as_view()),
    path("api/cases/<str:case_id>/approve", cases.CaseApproveView.as_view()),
    path("api/cases/<str:case_id>/send-back", cases.CaseSendBackView.as_view()),
    path("api/cases/<str:case_id>/reopen", cases.CaseReopenView.as_view()),
    path("api/v1/cases", bank_cases.BankCasesView.as_view()),
    path("api/v1/cases/<str:case_id>", bank_cases.BankCaseView.as_view()),
    path("api/v1/cases/<str:case_id>/status", bank_cases.BankCaseStatusView.as_view()),
    path("api/v1/cases/<str:case_id>/assign", bank_cases.BankCaseAssignView.as_view()),
    path("api/v1/cases/<str:case_id>/notes", bank_cases.BankCaseNotesView.as_view()),
    path("api/reporting-entity", reports.ReportingEntityView.as_view()),
    path("api/reports", reports.ReportsView.as_view()),
    path("api/reports/<str:report_id>", reports.ReportView.as_view()),
    path("api/reports/<str:report_id>/submit", reports.ReportSubmitView.as_view()),
    path("api/reports/<str:report_id>/approve", reports.ReportApproveView.as_view()),
    path("api/reports/<str:report_id>/send-back", reports.ReportSendBackView.as_view()),
    path("api/reports/<str:report_id>/file", reports.ReportFileView.as_view()),
    path("api/reports/<str:report_id>/acknowledge", reports.ReportAcknowledgeView.as_view()),
    path("api/reports/<str:report_id>/export", reports.ReportExportView.as_view()),
]
