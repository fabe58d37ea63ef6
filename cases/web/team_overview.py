"""The overview of a team."""

from django.http import HttpResponse

from teams.web.desk import Desk, page


@page(section="overview", needs="read")
def overview(desk: Desk) -> HttpResponse:
    return desk.render("desk/overview.html")
