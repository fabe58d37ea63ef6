"""The desk's pages of batches: how far each is, what came of its items, and handing one over as a file."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.http import HttpResponse
from django.utils import timezone

from ratel.identifiers import read, show
from ratel.json import BATCH_BYTES
from ratel.problem import Invalid
from screening.batch_jobs.accept import MOST_ITEMS, PREFIX, batch_accept
from screening.batch_jobs.cancel import batch_cancel
from screening.batch_jobs.read import estimated_completion, job_of, results_of
from screening.batch_jobs.submitted import KNOWN_COLUMNS, NEEDED_COLUMNS, batch_in, batch_in_file
from screening.models import BatchJob
from teams.models import ApiKey, Person
from teams.web.desk import Desk, action, as_csv, page, wants_csv
from teams.web.desk.filters import Filters

FAILED_SHOWN: Final = 100
TONES: Final = {"processing": "medium", "completed": "good", "cancelled": "plain", "failed": "high"}
DECISIONS: Final = {"APPROVE": "good", "REVIEW": "medium", "DECLINE": "high"}
_LIST_HEADER: Final = ("batch", "status", "items", "processed", "failed", "accepted", "started", "finished")
_RESULT_HEADER: Final = (
    *("transaction_id", "decision", "score", "factors", "case", "error", "message", "problems"),
)


@dataclass(frozen=True)
class BatchRow:
    """A batch and how far it is."""

    job: BatchJob
    estimate: datetime | None = None

    @property
    def id(self) -> str:
        return show(PREFIX, self.job.id)

    @property
    def tone(self) -> str:
        return TONES[self.job.status]

    @property
    def is_open(self) -> bool:
        return self.job.finished_at is None

    @property
    def is_cancellable(self) -> bool:
        return self.is_open and self.job.cancelled_at is None

    @property
    def left(self) -> int:
        return max(self.job.total - self.job.processed, 0)

    @property
    def took(self) -> timedelta | None:
        started, finished = self.job.started_at, self.job.finished_at
        return finished - started if started and finished else None

    @property
    def items_a_second(self) -> float | None:
        took = self.took
        return self.job.processed / took.total_seconds() if took and took.total_seconds() > 0 else None


@dataclass(frozen=True)
class Share:
    """How many items came to one answer."""

    answer: str
    count: int
    total: int
    tone: str


@dataclass(frozen=True)
class Outcome:
    """What came of an ended batch's items: how many of each answer, and those that failed, by why."""

    decisions: tuple[Share, ...]
    failures: tuple[Share, ...]
    failed: tuple[dict[str, Any], ...]


@page(section="batches", needs="read")
def batches(desk: Desk) -> HttpResponse:
    query = Filters(desk.request, "status")
    status, paging = query.choice("status", BatchJob.Status.values), query.page()
    query.finish()
    found = BatchJob.objects.filter(team_id=desk.team.id).order_by("-id")
    found = found.filter(status=status) if status else found
    if wants_csv(desk.request):
        return as_csv(desk, "batches", _LIST_HEADER, (_cells(job) for job in found.iterator(1_000)))
    found = found.filter(id__lt=paging.after) if paging.after else found
    jobs, next_cursor = paging.cut(list(found[: paging.limit + 1]), lambda job: job.id)
    rows = [BatchRow(job) for job in jobs]
    context = {
        "rows": rows,
        "open": [row for row in rows if row.is_open],
        "next_cursor": next_cursor,
        "filters": query.shown,
        "statuses": BatchJob.Status.choices,
        "most_items": MOST_ITEMS,
        "needed": NEEDED_COLUMNS,
        "known": KNOWN_COLUMNS[len(NEEDED_COLUMNS) :],
    }
    part = "rows" if _is_part(desk) else "list"
    return desk.render(f"desk/batches/{part}.html", context)


@page(section="batches", needs="read")
def batch(desk: Desk, batch_id: str) -> HttpResponse:
    """One batch; only how far it is where htmx asks."""
    now, job = timezone.now(), job_of(desk.team.id, batch_id)
    row = BatchRow(job, estimated_completion(job, now))
    if _is_part(desk):
        return _progress(desk, row)
    results = results_of(job.id) if job.finished_at is not None else []
    if wants_csv(desk.request):
        return as_csv(desk, "batch", _RESULT_HEADER, _result_cells(results))
    context = {
        "row": row,
        "outcome": _outcome(results) if results else None,
        "caller": _caller(job),
        "most_shown": FAILED_SHOWN,
    }
    return desk.render("desk/batches/batch.html", context)


def _progress(desk: Desk, row: BatchRow) -> HttpResponse:
    answer = desk.render("desk/batches/progress.html", {"row": row})
    if not row.is_open:
        # What came of the items is another page than how far they are.
        answer["HX-Refresh"] = "true"
    return answer


@action(section="batches", needs="evaluate")
def batch_upload(desk: Desk) -> HttpResponse:
    """A file as a batch: the same acceptance as a call's, so the same limits, and decided by the same hands."""
    file = desk.request.FILES.get("file")
    if file is None:
        raise Invalid("Choose a file: JSON as the API takes it, or CSV")
    items, callback_url = batch_in_file(file.name or "", file.read(BATCH_BYTES + 1))
    wanted = desk.request.POST.get("callback_url", "").strip()
    if wanted:
        _, callback_url = batch_in({"transactions": items, "callback_url": wanted})
    job = batch_accept(caller=desk.caller, items=items, callback_url=callback_url)
    desk.say(f"Accepted {job.total} transactions; they are decided in the background.")
    return desk.to("batch", show(PREFIX, job.id))


@action(section="batches", needs="evaluate")
def batch_cancel_action(desk: Desk, batch_id: str) -> HttpResponse:
    job = batch_cancel(caller=desk.caller, batch_id=read(PREFIX, batch_id))
    desk.say(
        f"Cancelled: {job.processed} of {job.total} were decided, what nobody had begun is not any more."
    )
    return desk.to("batch", batch_id)


def _outcome(results: Sequence[dict[str, Any]]) -> Outcome:
    decided = Counter(str(one["decision"]) for one in results if "error" not in one)
    failed = [
        {"position": position, **one} for position, one in enumerate(results, start=1) if "error" in one
    ]
    why = Counter(str(one["error"]) for one in failed)
    total = len(results)
    return Outcome(
        tuple(Share(answer, decided[answer], total, tone) for answer, tone in DECISIONS.items()),
        tuple(Share(reason, count, total, "critical") for reason, count in why.most_common()),
        tuple(failed[:FAILED_SHOWN]),
    )


def _caller(job: BatchJob) -> str:
    """Who handed it over: a person's name, or the name of a key."""
    if job.caller_kind == "key":
        name = ApiKey.objects.filter(id=job.caller_id).values_list("name", flat=True).first()
        return f"key {name}" if name else "a key that is gone"
    return Person.objects.filter(id=job.caller_id).values_list("name", flat=True).first() or "somebody"


def _cells(job: BatchJob) -> list[Any]:
    return [
        *(show(PREFIX, job.id), job.status, job.total, job.processed, job.failed),
        *(job.accepted_at, job.started_at, job.finished_at),
    ]


def _result_cells(results: Sequence[dict[str, Any]]) -> Iterator[list[Any]]:
    for one in results:
        factors = one.get("explanation", {}).get("primary_factors", [])
        problems = "; ".join(f"{each['path']} {each['message']}" for each in one.get("details", []))
        yield [
            *(one.get("transaction_id"), one.get("decision"), one.get("risk_score")),
            *(
                "; ".join(map(str, factors)),
                one.get("case_id"),
                one.get("error"),
                one.get("message"),
                problems,
            ),
        ]


def _is_part(desk: Desk) -> bool:
    return desk.request.headers.get("HX-Request") == "true"
