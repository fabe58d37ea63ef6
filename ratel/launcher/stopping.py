"""The wish to stop, noticed at places where stopping is safe rather than in the middle of anything.

A signal must never interrupt the launcher between starting a child and knowing about it.
"""

import signal
import subprocess
import time
from types import FrameType

POLL_SECONDS = 0.1
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
RESTART_SIGNAL = signal.SIGUSR1


class StopRequested(Exception):
    """Ctrl-C or a polite kill: undo what was started and end well."""


class Stopping:
    """Remembers that a signal came; `listen` once, then `check` or `pause` wherever there is time."""

    def __init__(self) -> None:
        self.requested = False
        self.restart_requested = False

    def listen(self) -> None:
        """Heed Ctrl-C even where a script has us ignore it; leave a hang-up ignored where nohup did."""
        for number in SIGNALS:
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, self._note)
        signal.signal(RESTART_SIGNAL, self._note_restart)

    def check(self) -> None:
        if self.requested:
            raise StopRequested

    def pause(self, seconds: float) -> None:
        """Sleep in short naps, and leave with StopRequested when the signal comes."""
        deadline = time.monotonic() + seconds
        while True:
            self.check()
            left = deadline - time.monotonic()
            if left <= 0:
                return
            time.sleep(min(left, POLL_SECONDS))

    def wait_for(self, child: subprocess.Popen[bytes]) -> int:
        """The child's exit code; leaves it running when the signal comes, for the caller to stop."""
        while (code := child.poll()) is None:
            self.pause(POLL_SECONDS)
        return code

    def wants_restart(self) -> bool:
        """Whether somebody asked, since the last look, for everything to be restarted in turn."""
        asked, self.restart_requested = self.restart_requested, False
        return asked

    def _note_restart(self, number: int, frame: FrameType | None) -> None:
        self.restart_requested = True

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.requested = True
