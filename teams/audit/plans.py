"""Has PostgreSQL read the audit trail along its index, from where it is told to and no further.

The trail only grows, so what the planner believes of its size is always old: taken for small, all of it would be read
and sorted to show one page. For the rest of the transaction everything is as before.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from ratel.statements import driver_connection

_WAYS: Final = ("enable_bitmapscan", "enable_sort", "enable_hashjoin", "enable_mergejoin")


@contextmanager
def along_the_index() -> Iterator[None]:
    """Inside a transaction. Where the reads fail the transaction ends, and the choice of plans with it."""
    _set("off")
    yield
    _set("on")


def _set(value: str) -> None:
    chosen = ", ".join(f"set_config('{way}', '{value}', true)" for way in _WAYS)
    driver_connection().execute(f"SELECT {chosen}".encode())
