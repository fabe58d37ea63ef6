"""Kafka's producer: sends a handful of messages and tells of each whether the brokers have it. One per process.

The client library is an extra dependency (`requirements-kafka.txt`); it is imported only where Kafka is configured.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final, Protocol

from django.conf import settings

# How long the brokers may take for all messages of one call.
PATIENCE_SECONDS: Final = 10.0
# Acknowledged by every replica that is in sync, and never twice or out of order because of the library's own retries.
_DURABLE: Final = {
    "acks": "all",
    "enable.idempotence": True,
    "message.timeout.ms": int(PATIENCE_SECONDS * 1000) - 1_000,
    "linger.ms": 5,
    "client.id": "ratel",
}


@dataclass(frozen=True)
class Message:
    """`key` keeps what is published about one transaction in order."""

    topic: str
    key: bytes
    value: bytes
    headers: Mapping[str, bytes]


class Producer(Protocol):
    def send(self, messages: Sequence[Message]) -> list[str]:
        """For each message "" when it was acknowledged, else the name of what was wrong."""


@dataclass
class KafkaProducer:
    options: Mapping[str, Any]
    _client: Any = field(init=False)

    def __post_init__(self) -> None:
        from confluent_kafka import Producer as Client

        self._client = Client({**_DURABLE, **self.options})

    def send(self, messages: Sequence[Message]) -> list[str]:
        outcomes = ["unanswered"] * len(messages)
        for position, message in enumerate(messages):
            outcomes[position] = self._hand_over(position, message, outcomes)
        self._client.flush(PATIENCE_SECONDS)
        return list(outcomes)

    def _hand_over(self, position: int, message: Message, outcomes: list[str]) -> str:
        def delivered(error: Any, _: Any) -> None:
            outcomes[position] = error.name() if error is not None else ""

        try:
            self._client.produce(
                message.topic,
                key=message.key,
                value=message.value,
                headers=list(message.headers.items()),
                on_delivery=delivered,
            )
        except BufferError:
            return "queue_full"
        return "unanswered"


@cache
def producer() -> Producer:
    """This process's producer, made when something is first to be published."""
    return KafkaProducer({"bootstrap.servers": settings.RATEL_KAFKA_SERVERS, **settings.RATEL_KAFKA_OPTIONS})
