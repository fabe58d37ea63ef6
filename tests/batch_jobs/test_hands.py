"""Who works on batches: so many hands at once, the poller where no worker is, and nobody for long."""

from datetime import timedelta

import psycopg
import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.utils import timezone

from screening.batch_jobs import work as working
from screening.batch_jobs.work import _HANDS_LOCK, has_more, work
from screening.models import BatchChunk
from tests.batch_jobs.items import finish, item, start, status
from tests.cast import Bank, make_bank
from webhooks.delivery.poller import overdue, run_here


@pytest.fixture
def acme() -> Bank:
    return make_bank("Acme Bank", "us")


def test_only_so_many_hands_of_the_deployment_work_at_once(acme: Bank, database_url: str) -> None:
    batch_id = start(acme.callers["us"], [item(1)])
    with psycopg.connect(database_url, autocommit=True) as others:
        for place in range(django_settings.RATEL_BATCH_HANDS):
            others.execute("SELECT pg_advisory_lock(%s, %s)", (_HANDS_LOCK, place))
        assert work() == 0
        assert status(acme.callers["us"], batch_id)["processed"] == 0
        others.execute("SELECT pg_advisory_unlock(%s, 0)", (_HANDS_LOCK,))
        assert finish(acme.callers["us"], batch_id)["status"] == "COMPLETED"


def test_a_hand_gives_its_place_back_also_when_it_fails(acme: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    start(acme.callers["us"], [item(1)])

    def fail(*arguments: object) -> int:
        raise ZeroDivisionError

    monkeypatch.setattr(working, "_work_on_chunk", fail)
    for _ in range(django_settings.RATEL_BATCH_HANDS + 1):
        with pytest.raises(ZeroDivisionError):
            work()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = %s AND database ="
            " (SELECT oid FROM pg_database WHERE datname = current_database())",
            [_HANDS_LOCK],
        )
        assert cursor.fetchone() == (0,)


def test_the_poller_decides_batches_where_no_worker_does(acme: Bank) -> None:
    now = timezone.now()
    late = overdue(django_settings.CELERY_BEAT_SCHEDULE, {}, now, since=now - timedelta(seconds=14))
    assert "screening.batch_jobs.tasks.work" in late
    batch_id = start(acme.callers["us"], [item(1)])
    while status(acme.callers["us"], batch_id)["status"] == "PROCESSING":
        run_here(["screening.batch_jobs.tasks.work"], timezone.now)
    assert status(acme.callers["us"], batch_id)["status"] == "COMPLETED"


def test_a_hand_stops_when_its_time_is_up_and_says_that_there_is_more(acme: Bank) -> None:
    batch_id = start(acme.callers["us"], [item(n, sender={"entity_id": "one"}) for n in range(450)])
    left = status(acme.callers["us"], batch_id)
    while not left["processed"]:
        # Less than anything takes: a run does one chunk all the same.
        work(0.001)
        left = status(acme.callers["us"], batch_id)
    assert (left["status"], left["processed"]) == ("PROCESSING", 200)
    assert has_more()
    while status(acme.callers["us"], batch_id)["status"] == "PROCESSING":
        work()
    with acme.seeing("us"):
        assert {one.attempts for one in BatchChunk.objects.all()} == {1}


def test_a_large_batch_of_one_team_does_not_keep_another_team_waiting(acme: Bank) -> None:
    """Teams take turns, chunk by chunk, in an order of chance: runs that end after one chunk reach everybody."""
    small = make_bank("Small Bank", "us")
    large_id = start(acme.callers["us"], [item(n) for n in range(3_000)])
    small_id = start(small.callers["us"], [item(1)])
    while status(small.callers["us"], small_id)["status"] == "PROCESSING":
        work(0.001)
    assert status(acme.callers["us"], large_id)["status"] == "PROCESSING"
    assert acme.callers["us"].post(f"/v1/batches/{large_id}/cancel").status == 202
