"""What is sent to a batch's callback address: the batch and all of its results, the same bytes at every attempt."""

from ratel.identifiers import read, show
from ratel.json import encode
from screening.batch_jobs.accept import PREFIX
from screening.batch_jobs.read import results_of
from screening.models import BatchJob


def callback_body(subject: str) -> bytes:
    """The body for the ended batch with this shown id; raises LookupError where it is gone. Call inside `tenant(...)`."""
    identifier = read(PREFIX, subject)
    job = BatchJob.objects.filter(id=identifier, finished_at__isnull=False).first() if identifier else None
    if job is None:
        raise LookupError("the batch is gone")
    return encode(
        {"batch_id": show(PREFIX, job.id), "status": job.status.upper(), "results": results_of(job.id)}
    )
