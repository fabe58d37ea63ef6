"""Addresses of cases."""

from django.urls import URLPattern, path

from cases.api.alerts import AlertsView, AlertView

urlpatterns: list[URLPattern] = [
    path("api/alerts", AlertsView.as_view()),
    path("api/alerts/<str:alert_id>", AlertView.as_view()),
]
