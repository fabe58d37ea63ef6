"""The desk's pages about alerts, cases, customers and reports."""

from django.urls import URLPattern

from cases.web.addresses import alerts, cases, customers, overview, reports

urlpatterns: list[URLPattern] = [
    *alerts.urlpatterns,
    *cases.urlpatterns,
    *customers.urlpatterns,
    *overview.urlpatterns,
    *reports.urlpatterns,
]
