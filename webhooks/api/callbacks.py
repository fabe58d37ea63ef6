"""`POST /api/teams/{id}/callback-secret`: what a team's callbacks are signed with, shown once."""

from rest_framework.request import Request
from rest_framework.response import Response

from ratel.problem import NotFound
from teams.resource import Resource, object_in
from webhooks.api import callbacks_documents as documents
from webhooks.callbacks import callback_secret_show


class CallbackSecretView(Resource):
    scopes = {"POST": "webhooks"}

    @documents.show_secret
    def post(self, request: Request, team_id: str) -> Response:
        object_in(request, known=(), may_be_empty=True)
        if team_id != str(self.caller.team.id):
            raise NotFound
        shown = callback_secret_show(caller=self.caller)
        data = {"teamId": team_id, "secret": shown.secret, "previousSecretUntil": shown.previous_until}
        return Response({"ok": True, "data": data}, status=201)
