"""Kafka as the client library itself plays it: a mock cluster on loopback, with a consumer that reads a topic whole."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from confluent_kafka import Consumer, Producer

PATIENCE_SECONDS = 30.0


@dataclass
class Brokers:
    servers: str
    # Holds the cluster: it ends with this client.
    owner: Producer

    def read(self, topic: str, count: int) -> list[Any]:
        """The first messages of a topic, at least `count`; whatever else is there within a moment."""
        consumer = Consumer(
            {
                "bootstrap.servers": self.servers,
                "group.id": f"reader-{time.monotonic_ns()}",
                "auto.offset.reset": "earliest",
                "allow.auto.create.topics": True,
            }
        )
        consumer.subscribe([topic])
        found: list[Any] = []
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            message = consumer.poll(1.0)
            if message is not None and message.error() is None:
                found.append(message)
            elif message is None and len(found) >= count:
                break
        consumer.close()
        return found


@contextmanager
def mock_brokers() -> Iterator[Brokers]:
    owner = Producer({"bootstrap.servers": "replaced", "test.mock.num.brokers": 1, "log_level": 0})
    known = owner.list_topics(timeout=10).brokers.values()
    yield Brokers(",".join(f"{one.host}:{one.port}" for one in known), owner)
    owner.flush(1)
