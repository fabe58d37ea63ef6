"""Run one command in the foreground with the services up, as if it had been typed without them.

It must never end before the command does."""

import signal
import subprocess
from collections.abc import Mapping, Sequence
from types import FrameType

from ratel.launcher.services import PROJECT


def run(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run it in the project folder and return its exit code.

    Ctrl-C reaches the command by itself, as it shares the terminal; the launcher waits for what it does.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    child = subprocess.Popen(arguments, env=dict(environment), cwd=PROJECT, preexec_fn=_heed_interrupts)  # noqa: PLW1509

    def pass_on(number: int, frame: FrameType | None) -> None:
        child.send_signal(number)

    signal.signal(signal.SIGTERM, pass_on)
    signal.signal(signal.SIGHUP, pass_on)
    code = child.wait()
    return code if code >= 0 else 128 - code


def _heed_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)
