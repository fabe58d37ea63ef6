"""What the OpenAPI document says of the secret of callbacks."""

from ratel import problem
from ratel.schema import Operation, closed, documented, envelope, nullable
from webhooks.api.endpoint_documents import TAG
from webhooks.events.event import MOMENT

show_secret = documented(
    Operation(
        id="showCallbackSecret",
        summary="The secret that a team's callbacks are signed with, this once; called again, a new one",
        tag=TAG,
        scope="webhooks",
        parameters=[
            {
                "name": "team_id",
                "in": "path",
                "required": True,
                "schema": {"type": "string", "format": "uuid"},
                "description": "The team",
            }
        ],
        body=closed({}),
        body_is_required=False,
        status=201,
        answer=envelope(
            closed(
                {
                    "teamId": {"type": "string", "format": "uuid"},
                    "secret": {"type": "string", "pattern": "^whsec_"},
                    "previousSecretUntil": nullable(
                        {**MOMENT, "description": "Until then the secret before this one signs too"}
                    ),
                }
            )
        ),
        errors=(problem.NotFound,),
    )
)
