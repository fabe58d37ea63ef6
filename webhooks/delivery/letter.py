"""What is sent and what came back: frozen values between claiming, sending and settling."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

SUCCESSES: Final = range(200, 300)
REDIRECTS: Final = range(300, 400)
# Statuses whose Retry-After is honoured.
BUSY: Final = frozenset({429, 503})

# Why an attempt failed, as the delivery log shows it.
TIMEOUT: Final = "timeout"
TARGET_REFUSED: Final = "target_refused"
HOST_UNKNOWN: Final = "host_unknown"
CONNECTION_FAILED: Final = "connection_failed"
CONNECTION_LOST: Final = "connection_lost"
TLS_FAILED: Final = "tls_failed"
BAD_ANSWER: Final = "bad_answer"
STATUS: Final = "status"
REDIRECTED: Final = "redirected"
INTERRUPTED: Final = "interrupted"
SECRET_UNREADABLE: Final = "secret_unreadable"  # noqa: S105 - the name of a failure
ERRORS: Final = {
    TIMEOUT: "Connecting, sending and answering took longer than 10 seconds in all",
    TARGET_REFUSED: "The host leads to an address that webhooks may not go to",
    HOST_UNKNOWN: "No name server knows the host",
    CONNECTION_FAILED: "Nobody took the connection",
    CONNECTION_LOST: "The connection ended before the answer did",
    TLS_FAILED: "The certificate or the TLS handshake was not accepted",
    BAD_ANSWER: "What came back is not HTTP",
    STATUS: "The answer was not 2xx",
    REDIRECTED: "The answer was a redirect, which is not followed",
    INTERRUPTED: "The process that sent it ended before it knew the answer; not counted",
    SECRET_UNREADABLE: "The endpoint's secret was sealed with a key that is not configured: rotate it",
}


@dataclass(frozen=True)
class Letter:
    """One claimed delivery, ready to be sent. `attempt` is the number of this attempt, from 1."""

    delivery_id: UUID
    organisation_id: UUID
    team_id: UUID
    endpoint_id: UUID
    event_id: UUID
    event: str
    url: str
    body: bytes = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)
    schedule: str
    attempt: int
    attempts_spent: int
    # Set where somebody asked for this attempt by hand.
    resumes_at: datetime | None


@dataclass(frozen=True)
class Answer:
    """What one attempt came to; without a status code nothing answered. `error` is one of ERRORS, or "" for 2xx."""

    letter: Letter
    started_at: datetime
    finished_at: datetime
    duration_ms: int
    status_code: int | None
    error: str
    response: bytes = field(default=b"", repr=False)
    retry_after_seconds: float | None = None

    @property
    def is_success(self) -> bool:
        return not self.error


def error_of(status_code: int) -> str:
    """What a status means for the delivery: any 2xx is success, a redirect is a failure."""
    if status_code in SUCCESSES:
        return ""
    return REDIRECTED if status_code in REDIRECTS else STATUS
