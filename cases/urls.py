"""Addresses of cases."""

from django.urls import URLPattern, path

from cases.api.alerts import AlertsView, AlertView
from cases.web.home import home

urlpatterns: list[URLPattern] = [
    path("", home, name="home"),
    path("api/alerts", AlertsView.as_view()),
    path("api/alerts/<str:alert_id>", AlertView.as_view()),
]
