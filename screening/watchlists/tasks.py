"""Background work of lists. A refresh can take minutes, so a process of its own does it; the rows say what is due."""

import subprocess
import sys
from typing import Final

from celery import shared_task
from django.conf import settings

from ratel.embedded import process
from screening.watchlists.notices import tell_organisations
from screening.watchlists.sources import anything_due
from screening.watchlists.upkeep import remove_old_entries

_children: Final[list["subprocess.Popen[bytes]"]] = []


@shared_task(name="screening.watchlists.tasks.tend_lists")
def tend_lists() -> None:
    """Tells of new generations what a killed load did not, and has whatever is due refreshed."""
    tell_organisations()
    # Asking also takes away what is left of one that has ended.
    _children[:] = [child for child in _children if child.poll() is None]
    if not _children and anything_due():
        _children.append(
            process.start(
                [sys.executable, "manage.py", "refresh_watchlists"],
                log=subprocess.DEVNULL,
                directory=settings.BASE_DIR,
            )
        )


@shared_task(name="screening.watchlists.tasks.remove_old_list_entries")
def remove_old_list_entries() -> int:
    return remove_old_entries()
