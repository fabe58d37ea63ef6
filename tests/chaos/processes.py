"""Finds the processes of a stage by who started whom, never by a name alone."""

from dataclasses import dataclass
from pathlib import Path

from ratel.embedded import process


@dataclass(frozen=True)
class Found:
    """Process ids below a launcher, as they are at this moment."""

    web: list[int]
    web_processes: list[int]
    worker: list[int]
    worker_processes: list[int]
    poller: list[int]
    redis: list[int]
    postgres: list[int]
    postgres_backends: list[int]

    def everything(self) -> list[int]:
        """What a rolling restart replaces."""
        return [*self.web, *self.web_processes, *self.worker, *self.worker_processes, *self.poller]


def children(process_id: int) -> list[int]:
    """Those that it started, from any of its threads."""
    found: list[int] = []
    for task in Path(f"/proc/{process_id}/task").glob("*/children"):
        try:
            found += [int(child) for child in task.read_text().split()]
        except OSError:
            continue
    return [child for child in found if process.is_alive(child)]


def find(launcher: int) -> Found:
    """What runs under that launcher."""
    named = {child: process.command_of(child) for child in children(launcher)}

    def of(word: str) -> list[int]:
        return [child for child, command in named.items() if word in command]

    web, worker, database = of("-m gunicorn"), of("-m celery"), of("bin/postgres")
    return Found(
        web=web,
        web_processes=[child for master in web for child in children(master)],
        worker=worker,
        worker_processes=[child for one in worker for child in children(one)],
        poller=of("manage.py poll"),
        redis=of("redis-server"),
        postgres=database,
        postgres_backends=[
            child for one in database for child in children(one) if "ratel_app" in process.command_of(child)
        ],
    )


def age_seconds(process_id: int) -> float:
    """How long it has been running."""
    try:
        started_ticks = int(Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[19])
    except OSError:
        return 0.0
    uptime = float(Path("/proc/uptime").read_text().split()[0])
    return uptime - started_ticks / _TICKS_PER_SECOND


_TICKS_PER_SECOND = 100
