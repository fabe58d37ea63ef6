"""`GET /v1/entities/{entity_id}/risk`: the risk of an entity with its factors, good for five minutes."""

from django.http import HttpResponse
from django.urls.converters import StringConverter
from rest_framework.request import Request

from ratel.problem import NotFound
from screening.api import entity_risk_documents as documents
from screening.api.dialects import DialectResource, answered
from screening.entity_risk.profile import Shown, risk_of

LONGEST_ID = 128
SEES_REPORTS = "reports.read"


class EntityId(StringConverter):
    """A bank's own id in an address: any text, slashes and line ends too (quoted as %2F, %0A)."""

    regex = r"[\s\S]+"


class EntityRiskView(DialectResource):
    """How many reports were made of it is shown to nobody but who may see reports."""

    scopes = {"GET": "read"}

    @documents.show_risk
    def get(self, request: Request, entity_id: str) -> HttpResponse:
        if len(entity_id) > LONGEST_ID or "\x00" in entity_id:
            raise NotFound
        shown = risk_of(self.caller.team, entity_id, sees_reports=self.caller.may(SEES_REPORTS))
        if shown is None:
            raise NotFound
        headers = {
            "ETag": shown.tag,
            # Of this caller alone: another one may see less.
            "Cache-Control": f"private, max-age={shown.max_age_seconds}",
            "Vary": "X-API-Key, Cookie, X-Ratel-Team",
        }
        if _is_known(request, shown):
            return HttpResponse(status=304, headers=headers)
        return answered(shown.document, headers=headers)


def _is_known(request: Request, shown: Shown) -> bool:
    """Whether the caller has exactly this already."""
    sent = [one.strip() for one in request._request.headers.get("If-None-Match", "").split(",")]
    return "*" in sent or shown.tag in sent or shown.tag.removeprefix("W/") in sent
