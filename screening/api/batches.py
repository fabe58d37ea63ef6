"""Batches of the entity-based dialect: handed over, looked at, cancelled; and the list of a team's batches."""

from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from ratel.identifiers import read, show
from ratel.json import BATCH_BYTES, decode, read_body
from ratel.pages import Query, listed
from ratel.problem import Invalid, Problem
from ratel.tenancy import tenant
from screening.api import batches_documents as documents
from screening.api.dialects import DialectResource, answered
from screening.api.resource import Resource, object_in
from screening.batch_jobs.accept import PREFIX
from screening.batch_jobs.cancel import batch_cancel
from screening.batch_jobs.once import HEADER, REPLAYED, batch_accept_once
from screening.batch_jobs.read import estimated_completion, job_of, progress, results_of
from screening.models import BatchJob
from screening.sandbox.simulation import refuse_simulation


class EntityBatchView(DialectResource):
    """Accepted at once, decided in the background; a repetition under the same key is answered with the same batch."""

    scopes = {"POST": "evaluate"}

    @documents.start_batch
    def post(self, request: Request) -> HttpResponse:
        refuse_simulation(request._request, self.caller.team)
        document = decode(read_body(request._request, limit_bytes=BATCH_BYTES))
        accepted = batch_accept_once(caller=self.caller, document=document, key=request.headers.get(HEADER))
        job, team = accepted.job, self.caller.team
        with tenant(team.organisation_id, [team.id]):
            estimate = estimated_completion(job, timezone.now())
        shown = {"batch_id": _shown(job), "status": job.status.upper(), "estimated_completion": estimate}
        headers = {"Location": f"/v1/batches/{_shown(job)}", **(REPLAYED if accepted.is_replay else {})}
        return answered(shown, status=202, headers=headers)


class EntityBatchStatusView(DialectResource):
    """How far it is, and the results in the order of the items once it has ended (`?results=false` leaves them out)."""

    scopes = {"GET": "evaluate"}

    @documents.show_batch
    def get(self, request: Request, batch_id: str) -> HttpResponse:
        wanted = request._request.GET.get("results", "true")
        if wanted not in {"true", "false"}:
            raise Invalid(errors=[Problem("results", "must be true or false")])
        team = self.caller.team
        with tenant(team.organisation_id, [team.id]):
            job = job_of(team.id, batch_id)
            shown = progress(job, timezone.now())
            if job.finished_at is not None and wanted == "true":
                shown["results"] = results_of(job.id)
        return answered(shown)


class EntityBatchCancelView(DialectResource):
    """What nobody has begun is not decided any more."""

    scopes = {"POST": "evaluate"}

    @documents.cancel_batch
    def post(self, request: Request, batch_id: str) -> HttpResponse:
        object_in(request, known=(), may_be_empty=True)
        job = batch_cancel(caller=self.caller, batch_id=read(PREFIX, batch_id))
        team = self.caller.team
        with tenant(team.organisation_id, [team.id]):
            return answered(progress(job, timezone.now()), status=202)


class BatchesView(Resource):
    """The team's batches, the newest first."""

    scopes = {"GET": "read"}

    @documents.list_batches
    def get(self, request: Request) -> Response:
        query = Query(request._request, "status")
        status, page = query.choice("status", documents.STATUSES), query.page()
        query.finish()
        team = self.caller.team
        with tenant(team.organisation_id, [team.id]):
            found = BatchJob.objects.filter(team_id=team.id).order_by("-id")
            found = found.filter(status=status.lower()) if status else found
            found = found.filter(id__lt=page.after) if page.after else found
            shown, next_cursor = page.cut(list(found[: page.limit + 1]), lambda job: job.id)
        return Response(listed([_summary(job) for job in shown], next_cursor))


def _shown(job: BatchJob) -> str:
    return show(PREFIX, job.id)


def _summary(job: BatchJob) -> dict[str, Any]:
    return {
        "id": _shown(job),
        "status": job.status.upper(),
        "total": job.total,
        "processed": job.processed,
        "failed": job.failed,
        "hasCallback": bool(job.callback_url),
        "acceptedAt": job.accepted_at,
        "startedAt": job.started_at,
        "finishedAt": job.finished_at,
    }
