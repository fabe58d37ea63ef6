"""What the views of webhooks share: who may look, and how an id becomes the row that it names."""

from datetime import datetime
from typing import Any

from rest_framework.request import Request

from ratel.identifiers import read
from ratel.problem import NotFound
from teams.permissions import HasScope, caller_of
from teams.resource import Resource
from webhooks.models import Endpoint
from webhooks.selectors import ENDPOINT, SEES_REPORTS, endpoints_of


class SeesEndpoints(HasScope):
    """An officer has no business with webhooks but with their confidentiality, and looks before deciding."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if request.method in {"GET", "HEAD"} and caller_of(request).may(SEES_REPORTS):
            return True
        return super().has_permission(request, view)


class WebhookResource(Resource):
    def endpoint(self, endpoint_id: str) -> Endpoint:
        """The caller's team's endpoint; call inside `tenant(...)`. Raises NotFound."""
        identifier = read(ENDPOINT, endpoint_id)
        found = endpoints_of(self.caller).filter(id=identifier).first() if identifier else None
        if found is None:
            raise NotFound
        return found


def moments(query: Any, field: str) -> dict[str, datetime]:
    """The filters `from` and `to` of a list as conditions on a column."""
    bounds = {f"{field}__gte": query.moment("from"), f"{field}__lte": query.moment("to", is_end=True)}
    return {name: moment for name, moment in bounds.items() if moment is not None}
