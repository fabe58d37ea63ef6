"""What the OpenAPI document says of the risk of an entity."""

from typing import Any, Final

from ratel import problem
from ratel.schema import Operation, closed, define, documented, header, nullable
from screening.api.dialect_documents import LEVEL, NUMBER, REFUSED, SCORE, TAG
from screening.api.documents import MOMENT, OUTCOMES
from screening.entity_risk.score import FACTORS

_COUNT: Final = {"type": "integer", "minimum": 0}
_SHARE: Final = {"type": "number", "minimum": 0, "maximum": 1}
_FACTORS: Final[dict[str, Any]] = {
    "historical_sars": {**_COUNT, "description": "Only for callers with reports.read; no part of the score"},
    "avg_transaction_size": nullable({**NUMBER, "description": "Of 90 days, in the team's currency"}),
    "currency": {"type": "string"},
    "velocity_90d": _COUNT,
    "velocity_7d": _COUNT,
    "network_centrality": nullable(
        {**_SHARE, "description": "The share of parties whose weighted page rank is not higher"}
    ),
    "network": nullable(
        closed(
            {
                "in_degree": _COUNT,
                "out_degree": _COUNT,
                "page_rank": _SHARE,
                "component_size": _COUNT,
                "computed_at": MOMENT,
            }
        )
    ),
    "counterparties": _COUNT,
    "countries": {"type": "array", "items": {"type": "string"}},
    "cross_border_payments": _COUNT,
    "cash_payments": _COUNT,
    "worst_decision_90d": {"enum": OUTCOMES},
    "highest_score_90d": NUMBER,
    "alerts_90d": _COUNT,
    "last_alert": nullable(MOMENT),
}
ENTITY_RISK: Final = define(
    "EntityRisk",
    closed(
        {
            "entity_id": {"type": "string"},
            "risk_score": SCORE,
            "risk_level": LEVEL,
            "factors": closed(_FACTORS, optional=["historical_sars"]),
            "contributions": {
                "type": "array",
                "description": "Where the score comes from; the points add up to it",
                "items": closed(
                    {
                        "factor": {"enum": [factor.name for factor in FACTORS]},
                        "points": NUMBER,
                        "most_points": _COUNT,
                        "why": {"type": "string"},
                    }
                ),
            },
            "last_updated": MOMENT,
        }
    ),
)
_CACHED: Final[dict[str, Any]] = {
    "ETag": {"required": True, "schema": {"type": "string"}, "description": "Of what this caller may see"},
    "Cache-Control": {"required": True, "schema": {"type": "string", "pattern": "^private, max-age=[0-9]+$"}},
}
show_risk = documented(
    Operation(
        id="showEntityRisk",
        summary="The risk of an entity over 90 days with its factors; good for five minutes, with an ETag",
        tag=TAG,
        scope="read",
        parameters=[
            {
                "name": "entity_id",
                "in": "path",
                "required": True,
                "schema": {"type": "string", "minLength": 1, "maxLength": 128},
                "description": "The bank's own id of the entity",
            },
            {
                **header(
                    "If-None-Match",
                    {"type": "string"},
                    "The ETag of an answer that the caller still has, or `*`",
                ),
                "example": "*",
            },
        ],
        answer=ENTITY_RISK,
        other_answers={304: None},
        headers={200: _CACHED, 304: _CACHED},
        errors=(problem.NotFound,),
        refusal=REFUSED,
    )
)
