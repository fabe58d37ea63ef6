"""One replay from beginning to end: survey the file, send its payments, report.

The same for `manage.py replay` and for whoever fills a demo bank; it must not know which of them calls.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from screening.replay.client import Destination
from screening.replay.display import Display
from screening.replay.progress import Watermark, load_position, save_position, state_path
from screening.replay.report import Report, Tally
from screening.replay.sender import Manner, Sender
from screening.replay.stream import Source, Survey, file_digest, in_time_order, survey


@dataclass(frozen=True)
class Plan:
    """What to replay, where to and how. `limit` is a position in the order of time, also when resumed."""

    source: Source
    destination: Destination
    manner: Manner
    state_folder: Path
    limit: int | None = None
    is_resumed: bool = False


def replay(plan: Plan, progress: TextIO) -> Report:
    """Sends the payments and returns the report, also when the run ended early (`stopped` says why)."""
    state = state_of(plan)
    progress.write(f"reading {plan.source.path.name}\n")
    progress.flush()
    found = survey(plan.source)
    end = min(found.payments, plan.limit or found.payments)
    start = min(load_position(state), end) if plan.is_resumed else 0
    items = in_time_order(plan.source, found, start=start, limit=end)
    tally, watermark = Tally(), Watermark(start)
    sender = Sender(plan.destination, plan.manner, tally, watermark)
    with Display(
        progress, end - start, tally, lambda: save_position(state, watermark.position, plan.source.path.name)
    ):
        sender.send(items, start)
    return report(plan, found, tally, start=start, position=watermark.position, stopped=sender.reason)


def state_of(plan: Plan) -> Path:
    """The state's file: it changes with whatever would change the order, the bodies or who receives them."""
    source = plan.source
    destination = (plan.destination.url, plan.destination.key, plan.manner.is_dry_run)
    return state_path(
        plan.state_folder, file_digest(source.path), source.reader.CODE, source.options, *destination
    )


def report(
    plan: Plan, found: Survey, tally: Tally, *, start: int, position: int, stopped: str | None
) -> Report:
    return Report(
        file=plan.source.path.name,
        format=plan.source.reader.CODE,
        url=plan.destination.url,
        is_dry_run=plan.manner.is_dry_run,
        batch=plan.manner.batch,
        connections=plan.manner.connections,
        payments_in_file=found.payments,
        rows_not_read=found.bad_rows,
        first_rows_not_read=found.first_bad_rows,
        resumed_after=start,
        position=position,
        stopped=stopped,
        counted=tally.counted(has_labels=found.has_labels),
    )
