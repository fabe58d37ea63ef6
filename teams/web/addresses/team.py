"""Addresses of the desk: team."""

from django.urls import URLPattern, path

from teams.web import team_keys as keys
from teams.web import team_page
from teams.web import team_people as people

urlpatterns: list[URLPattern] = [
    path("team", team_page.team, name="team"),
    path("team/second-factor", team_page.change_second_factor, name="team-second-factor"),
    path("team/people", people.people, name="team-people"),
    path("team/people/invite", people.invite, name="team-invite"),
    path("team/people/<str:person_id>", people.person, name="team-person"),
    path("team/people/<str:person_id>/role", people.change_role, name="team-person-role"),
    path("team/people/<str:person_id>/leave", people.leave, name="team-person-leave"),
    path("team/people/<str:person_id>/deactivate", people.deactivate, name="team-person-deactivate"),
    path("team/people/<str:person_id>/reactivate", people.reactivate, name="team-person-reactivate"),
    path(
        "team/people/<str:person_id>/reset-second-factor",
        people.reset_second_factor,
        name="team-person-reset",
    ),
    path("team/people/<str:person_id>/password-link", people.password_link, name="team-person-link"),
    path("team/keys", keys.keys, name="team-keys"),
    path("team/keys/create", keys.create, name="team-key-create"),
    path("team/keys/<str:key_id>", keys.key, name="team-key"),
    path("team/keys/<str:key_id>/seen", keys.key_seen, name="team-key-seen"),
    path("team/keys/<str:key_id>/change", keys.change, name="team-key-change"),
    path("team/keys/<str:key_id>/rotate", keys.rotate, name="team-key-rotate"),
    path("team/keys/<str:key_id>/revoke", keys.revoke, name="team-key-revoke"),
]
