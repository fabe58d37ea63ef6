"""What the breakers of all processes of this host say: for /readyz, for the dashboard, for whoever asks in between.

A breaker belongs to its process. Each process writes a small file under the state directory when one of its breakers
changes, which is rare; the files of processes that are gone are removed. Never on the way of a decision that goes well.
"""

import json
import os
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog
from django.conf import settings

from ratel.breakers import DEPENDENCIES, GUARDS, Phase
from ratel.embedded.process import is_alive

log = structlog.get_logger(__name__)
_WORST_LAST: Final[tuple[Phase, ...]] = ("closed", "half_open", "open")


@dataclass(frozen=True)
class SeenBreaker:
    """One dependency as the processes of this host see it: the worst phase, and how many processes are in which."""

    name: str
    phase: Phase
    processes: dict[Phase, int]


def begin() -> None:
    """From now on this process, and those forked from it, write down what changes."""
    if _note not in GUARDS.listeners:
        GUARDS.listeners.append(_note)


def on_this_host() -> list[SeenBreaker]:
    """Every dependency, in the order of DEPENDENCIES; processes that never saw a change count as closed nowhere."""
    found: dict[str, Counter[Phase]] = {name: Counter() for name in DEPENDENCIES}
    for phases in _written():
        for name, phase in phases.items():
            found.setdefault(name, Counter())[phase] += 1
    return [
        SeenBreaker(name, max(counts, key=_WORST_LAST.index, default="closed"), dict(counts))
        for name, counts in found.items()
    ]


def phases_on_this_host() -> dict[str, str]:
    return {seen.name: seen.phase for seen in on_this_host()}


def _folder() -> Path:
    folder: Path = settings.RATEL_STATE_DIRECTORY / "breakers"
    return folder


def _note(name: str, phase: Phase) -> None:
    """Written beside the final place and renamed: a reader sees the whole of one or of the other."""
    phases = {report.name: report.phase for report in GUARDS.reports()} | {name: phase}
    path = _folder() / f"{os.getpid()}.json"
    try:
        path.parent.mkdir(exist_ok=True)
        fresh = path.with_suffix(".new")
        fresh.write_text(json.dumps(phases))
        fresh.replace(path)
    except OSError as error:
        log.warning("breakers_not_shown", error=type(error).__name__)


def _written() -> list[dict[str, Phase]]:
    found = []
    for path in _folder().glob("*.json"):
        if not is_alive(int(path.stem)):
            with suppress(OSError):
                path.unlink()
            continue
        with suppress(OSError, ValueError):
            found.append(json.loads(path.read_text()))
    return found
