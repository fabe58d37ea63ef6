"""Signs of life in rows: who delivers, who polls, and when each periodic task last ended well.

A row says more than a process list: a worker that is alive but hears nothing stops beating.
"""

from datetime import datetime
from typing import Final

from ratel.statements import driver_connection, read_rows

DELIVERY: Final = "delivery"
POLLER: Final = "poller"
TASK: Final = "task "


def beat(name: str, *, now: datetime) -> None:
    driver_connection().execute(
        "INSERT INTO webhooks_heartbeat AS h (name, at, beats) VALUES (%s, %s, 1)"
        " ON CONFLICT (name) DO UPDATE SET at = greatest(h.at, excluded.at), beats = h.beats + 1",
        (name, now),
    )


def last_beats() -> dict[str, datetime]:
    return dict(read_rows("SELECT name, at FROM webhooks_heartbeat"))


def beats_until(latest: datetime) -> dict[str, datetime]:
    """The last beats without those that claim to be from later."""
    return {name: at for name, at in last_beats().items() if at <= latest}
