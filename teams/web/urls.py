"""The desk's pages about a team, its people and keys, and the audit trail."""

from django.urls import URLPattern

from teams.web.addresses import audit, team

urlpatterns: list[URLPattern] = [
    *audit.urlpatterns,
    *team.urlpatterns,
]
