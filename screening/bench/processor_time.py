"""How much processor time processes have used, which tells costs apart where the clock on a busy machine cannot.

Read from /proc; on systems without it nothing is known.
"""

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from django.db import connection

_TICK_SECONDS: Final = 1 / os.sysconf("SC_CLK_TCK")


def used_seconds(pids: Iterable[int]) -> float:
    """User and system time of these processes together, with all their threads."""
    total = 0.0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        total += (int(fields[11]) + int(fields[12])) * _TICK_SECONDS
    return total


def backends() -> list[int]:
    """PostgreSQL's processes for connections to this database, without our own."""
    if sys.platform != "linux":
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND backend_type = 'client backend'"
        )
        return [pid for (pid,) in cursor.fetchall()]
