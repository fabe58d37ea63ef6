"""`/api/teams/{id}/payload-schema`: the keys of a team's own payload, read and changed as a new version."""

from typing import Any

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from ratel.problem import NotFound
from screening.api import dialect_documents as documents
from screening.api.resource import Resource, object_in
from screening.payload_schema import MANDATORY, PayloadSchema, document_of, sample_payload
from screening.services import payload_schemas as services


class PayloadSchemaView(Resource):
    scopes = {"GET": "read", "PUT": "write"}

    @documents.show_payload_schema
    def get(self, request: Request, team_id: str) -> Response:
        self._require_own(team_id)
        return self._answer(services.payload_schema_of(self.caller.team) or services.NONE)

    @documents.change_payload_schema
    def put(self, request: Request, team_id: str) -> Response:
        self._require_own(team_id)
        document = object_in(request, known={"fields", "confirm"})
        return self._answer(services.payload_schema_change(caller=self.caller, document=document))

    def _require_own(self, team_id: str) -> None:
        if team_id != str(self.caller.team.id):
            raise NotFound

    def _answer(self, schema: PayloadSchema) -> Response:
        data: dict[str, Any] = {
            "teamId": str(self.caller.team.id),
            "version": schema.version,
            "fields": document_of(schema),
            "mandatory": [{"key": key, "type": kind} for key, kind in MANDATORY.items()],
            "samplePayload": {"data": sample_payload(schema.fields, timezone.now())},
        }
        return Response({"ok": True, "data": data})
