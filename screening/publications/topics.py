"""Which topics results may be published to, and where Kafka is. Knows no client library."""

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

from django.conf import settings

# What Kafka itself takes for a topic's name.
_NAME: Final = re.compile(r"[A-Za-z0-9._-]{1,249}\Z")


@dataclass(frozen=True)
class Publication:
    """Where a result is to be published, and the version its caller asked it in."""

    topic: str
    version: str


def is_configured() -> bool:
    return bool(settings.RATEL_KAFKA_SERVERS)


def may_publish_to(topic: str) -> bool:
    """Only topics that the deployment lists: a caller must not write wherever the producer's login may."""
    is_name = _NAME.match(topic) is not None
    return is_name and any(fnmatchcase(topic, allowed) for allowed in settings.RATEL_KAFKA_TOPICS)
