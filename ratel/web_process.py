"""One serving process of the web server: gunicorn's with threads, which outlives the parent that started it for a while.

Where the listening socket belongs to somebody else (the launcher, `--bind fd://3`), the orphans of a killed server go on
answering until its successor has loaded the code. Where the server opened it itself they end at once, as usual: the
successor could not listen as long as they do.
"""

import time
from typing import Final

from gunicorn.workers.gthread import ThreadWorker

# Loading the code takes a few seconds, on a machine that is busy twice as long.
ORPHANED_SECONDS: Final = 10.0


class WebProcess(ThreadWorker):  # type: ignore[misc]
    orphaned_at: float | None = None

    def is_parent_alive(self) -> bool:
        """Whether to go on: gunicorn asks every second."""
        if self.orphaned_at is None and not super().is_parent_alive():
            self.orphaned_at = time.monotonic()
        if self.orphaned_at is None:
            return True
        is_needed = time.monotonic() - self.orphaned_at < ORPHANED_SECONDS
        return is_needed and self.serves_socket_of_another()

    def serves_socket_of_another(self) -> bool:
        """A socket that was handed over is named by its number, any other by its address."""
        return any(isinstance(address, int) for address in self.cfg.address)
