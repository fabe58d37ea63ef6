"""What the desk shows of a delivery, an attempt and a dead letter."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from ratel.identifiers import show
from ratel.sealing import Unreadable, unseal
from webhooks.api.serial import DEAD_LETTERS_KEPT, STATUS_OF
from webhooks.delivery.letter import ERRORS
from webhooks.delivery.settle import response_context
from webhooks.models import Attempt, DeadLetter, Delivery
from webhooks.selectors import DEAD_LETTER, DELIVERY, ENDPOINT, EVENT

TONES: Final = {"pending": "medium", "sending": "medium", "delivered": "good", "dead": "critical"}
_OPEN: Final = frozenset({"pending", "sending"})


@dataclass(frozen=True)
class DeliveryRow:
    delivery: Delivery
    url: str

    @property
    def id(self) -> str:
        return show(DELIVERY, self.delivery.id)

    @property
    def endpoint_id(self) -> str:
        return show(ENDPOINT, self.delivery.endpoint_id)

    @property
    def event_id(self) -> str:
        return show(EVENT, self.delivery.event_id)

    @property
    def status(self) -> str:
        return STATUS_OF[Delivery.State(self.delivery.state)]

    @property
    def tone(self) -> str:
        return TONES[self.status]

    @property
    def is_open(self) -> bool:
        """Whether anything more will come of it by itself."""
        return self.status in _OPEN

    @property
    def last(self) -> str:
        return _came_back(self.delivery.last_status_code, self.delivery.last_error)

    def cells(self) -> list[Any]:
        one = self.delivery
        return [
            *(self.id, self.endpoint_id, one.event, one.subject, one.sequence, self.status),
            *(one.attempts_made, one.last_status_code, one.last_error, one.created_at, one.completed_at),
            self.event_id,
        ]


@dataclass(frozen=True)
class LetterRow:
    letter: DeadLetter
    url: str

    @property
    def id(self) -> str:
        return show(DEAD_LETTER, self.letter.id)

    @property
    def delivery_id(self) -> str:
        return show(DELIVERY, self.letter.delivery_id)

    @property
    def endpoint_id(self) -> str:
        return show(ENDPOINT, self.letter.endpoint_id)

    @property
    def last(self) -> str:
        return _came_back(self.letter.last_status_code, self.letter.last_error)

    @property
    def kept_until(self) -> datetime:
        return self.letter.died_at + DEAD_LETTERS_KEPT

    def cells(self) -> list[Any]:
        one = self.letter
        return [
            *(self.id, self.delivery_id, self.endpoint_id, one.event, one.subject, one.attempts_made),
            *(one.last_status_code, one.last_error, one.died_at, one.replayed_at),
        ]


@dataclass(frozen=True)
class AttemptRow:
    """One attempt and what came back of it, at most 4 KiB."""

    attempt: Attempt
    response: str | None
    is_unreadable: bool

    @property
    def last(self) -> str:
        return _came_back(self.attempt.status_code, self.attempt.error)

    @property
    def is_success(self) -> bool:
        return not self.attempt.error


def attempt_row(attempt: Attempt) -> AttemptRow:
    sealed = attempt.sealed_response
    if sealed is None:
        return AttemptRow(attempt, None, is_unreadable=False)
    try:
        response = unseal(bytes(sealed), response_context(attempt.id))
    except Unreadable:
        return AttemptRow(attempt, None, is_unreadable=True)
    return AttemptRow(attempt, response.decode(errors="replace"), is_unreadable=False)


def _came_back(status_code: int | None, error: str) -> str:
    """A status, and in words why it was no success."""
    if not error:
        return str(status_code) if status_code is not None else ""
    why = ERRORS.get(error, error)
    return f"{status_code}: {why}" if status_code is not None else why
