"""Addresses of the desk: reports."""

from django.urls import URLPattern, path

from cases.web import report_actions as actions
from cases.web import report_page as pages
from cases.web.report_list import reports

urlpatterns: list[URLPattern] = [
    path("reports", reports, name="reports"),
    path("reports/draft", actions.draft, name="report-draft"),
    path("reports/entity", pages.reporting_entity, name="reporting-entity"),
    path("reports/entity/save", actions.entity_save, name="reporting-entity-save"),
    path("reports/<str:report_id>", pages.report, name="report"),
    path("reports/<str:report_id>/save", actions.save, name="report-save"),
    path("reports/<str:report_id>/check", actions.check, name="report-check"),
    path("reports/<str:report_id>/submit", actions.submit, name="report-submit"),
    path("reports/<str:report_id>/send-back", actions.send_back, name="report-send-back"),
    path("reports/<str:report_id>/approve", actions.approve, name="report-approve"),
    path("reports/<str:report_id>/file", actions.file, name="report-file"),
    path("reports/<str:report_id>/acknowledge", actions.acknowledge, name="report-acknowledge"),
    path("reports/<str:report_id>/acknowledgement", pages.report_evidence, name="report-evidence"),
    path("reports/<str:report_id>/export/<str:wanted>", pages.report_file, name="report-export"),
]
