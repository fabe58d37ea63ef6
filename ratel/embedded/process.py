"""Child processes that live exactly as long as they should.

A child gets its own session, so that Ctrl-C reaches the launcher alone, which decides the order of the end,
and (on Linux) a signal from the kernel when its parent dies without saying goodbye. Signals must never go to
a name, only to process ids that we hold or have verified by their command line.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

# prctl(2), option "signal me when my parent ends".
PR_SET_PDEATHSIG = 1
POLL_SECONDS = 0.05
# Loaded here, because a child between fork and exec must load nothing.
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


class ServiceError(Exception):
    """A child that did not start or ended by itself, told to the person at the terminal."""


def start(
    arguments: Sequence[str | Path],
    *,
    log: BinaryIO | int,
    stdin: BinaryIO | int = subprocess.DEVNULL,
    environment: Mapping[str, str] | None = None,
    directory: Path | None = None,
    user: str | None = None,
    death_signal: signal.Signals = signal.SIGTERM,
    inherited: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """Start a child in its own session; `user` drops root's rights to those of that system user, `inherited` are open
    files that it gets under their numbers here."""
    return subprocess.Popen(
        [str(argument) for argument in arguments],
        stdin=stdin,
        stdout=log,
        stderr=subprocess.STDOUT,
        env=dict(environment) if environment is not None else None,
        cwd=directory,
        start_new_session=True,
        preexec_fn=_prepare_child(death_signal),  # noqa: PLW1509 - forked from the main thread, no locks are taken
        user=user,
        group=user,
        extra_groups=[] if user else None,
        pass_fds=inherited,
    )


def _prepare_child(death_signal: signal.Signals) -> Callable[[], None]:
    """What the child does between fork and exec: heed Ctrl-C again, and end when the parent does."""
    parent = os.getpid()

    def prepare() -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        end_with_parent(parent, death_signal)

    return prepare


def end_with_parent(parent: int, death_signal: signal.Signals) -> None:
    """From here on (on Linux) this process gets the signal when `parent`, which forked it, ends; it ends now where that
    has happened already."""
    if _LIBC is not None:
        _LIBC.prctl(PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)


def stop(process: subprocess.Popen[bytes], escalation: Sequence[tuple[signal.Signals, float]]) -> None:
    """Send each signal in turn and wait its seconds; the last resort is SIGKILL to its whole group."""
    for wanted, timeout_seconds in escalation:
        if process.poll() is not None:
            return
        process.send_signal(wanted)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout_seconds)
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def end_group(ended: subprocess.Popen[bytes]) -> None:
    """Kill what a child that has ended left behind: it began a session, so its group is what it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(ended.pid, signal.SIGKILL)


def stop_leftover(process_id: int, wanted: signal.Signals, *, timeout_seconds: float) -> None:
    """End a process of an earlier, killed launcher. The caller has verified that it is what it seems."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(process_id, wanted)
    deadline = time.monotonic() + timeout_seconds
    while is_alive(process_id):
        if time.monotonic() > deadline:
            raise ServiceError(
                f"process {process_id} of an earlier run does not end; please end it and try again"
            )
        time.sleep(POLL_SECONDS)


def is_alive(process_id: int) -> bool:
    """Whether a process of that id exists and is not a mere entry waiting to be collected."""
    status = Path(f"/proc/{process_id}/stat")
    if sys.platform == "linux":
        try:
            return status.read_text().rpartition(")")[2].split()[0] not in {"Z", "X"}
        except (FileNotFoundError, ProcessLookupError):
            return False
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def command_of(process_id: int) -> str:
    """The command line of a process, or an empty string when there is none."""
    if sys.platform == "linux":
        try:
            return (
                Path(f"/proc/{process_id}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            )
        except (FileNotFoundError, ProcessLookupError):
            return ""
    found = subprocess.run(
        ["ps", "-o", "command=", "-p", str(process_id)], capture_output=True, text=True, check=False
    )
    return found.stdout.strip()


def tail(path: Path, lines: int = 15) -> str:
    """The end of a log, for the person who must understand why something did not start."""
    if not path.exists():
        return ""
    return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])
