"""`GET /api/usage`: how many calls each key, and each person with tokens, of the team and of its sandbox made, by day."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from ratel.identifiers import read
from ratel.pages import Query, listed
from ratel.tenancy import tenant
from teams.api import documents
from teams.api.serial import KEY, usage_json
from teams.key_services import teams_of
from teams.models import KeyUsage
from teams.resource import Resource


class UsageView(Resource):
    scopes = {"GET": "read"}

    @documents.list_usage
    def get(self, request: Request) -> Response:
        query = Query(request._request, "keyId", "from", "to")
        key_id, page = query.text("keyId"), query.page()
        begin, end = query.moment("from"), query.moment("to", is_end=True)
        query.finish()
        filters: dict[str, Any] = {
            "day__gte": begin.date() if begin else None,
            "day__lte": end.date() if end else None,
            "id__lt": page.after,
        }
        teams = teams_of(self.caller)
        with tenant(self.caller.team.organisation_id, teams):
            found = KeyUsage.objects.filter(team_id__in=teams)
            found = found.filter(**{name: value for name, value in filters.items() if value is not None})
            # What is no id of anything finds as little as an id of nothing.
            found = found.filter(key_id=read(KEY, key_id)) if key_id is not None else found
            rows = list(found.order_by("-id")[: page.limit + 1])
        shown, next_cursor = page.cut(rows, lambda usage: usage.id)
        return Response(listed([usage_json(usage) for usage in shown], next_cursor))
