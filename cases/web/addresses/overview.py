"""Addresses of the desk: overview."""

from django.urls import URLPattern, path

from cases.web.team_overview import overview

urlpatterns: list[URLPattern] = [path("", overview, name="overview")]
