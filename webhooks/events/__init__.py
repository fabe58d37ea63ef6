"""The catalogue of events: a file per family, joined here, and the body in which an event is sent.

To add an event: its `Event` in the file of its family, its row in docs/webhooks.md; tests fail without either.
"""

from typing import Final

from webhooks.events import alerts, cases, configuration, evaluations, reports, screenings
from webhooks.events.body import LARGEST_BODY_BYTES, body_of
from webhooks.events.event import Event

FAMILIES: Final = (alerts, cases, screenings, reports, evaluations, configuration)
CATALOGUE: Final[dict[str, Event]] = {event.name: event for family in FAMILIES for event in family.EVENTS}
NAMES: Final = tuple(CATALOGUE)
TEST_EVENT: Final = "webhook.test"

__all__ = ["CATALOGUE", "LARGEST_BODY_BYTES", "NAMES", "TEST_EVENT", "Event", "body_of"]
