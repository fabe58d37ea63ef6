"""Every address of the project."""

from django.urls import URLPattern, URLResolver, include, path

from ratel import health

urlpatterns: list[URLPattern | URLResolver] = [
    # First, because patterns are tried in order and this is the path that counts.
    path("", include("screening.urls")),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("", include("teams.urls")),
    path("", include("webhooks.urls")),
    path("", include("cases.urls")),
    path("api/", include("ratel.schema_urls")),
    # The desk: every address names the team that it is about.
    path("t/<uuid:team_id>/", include("cases.web.urls")),
    path("t/<uuid:team_id>/", include("screening.web.urls")),
    path("t/<uuid:team_id>/", include("webhooks.web.urls")),
    path("t/<uuid:team_id>/", include("teams.web.urls")),
]
handler404 = "ratel.health.not_found"
handler500 = "ratel.health.unexpected"
