"""The periodic work exists under the names that the schedule knows, so that a worker and the poller find it."""

import pytest
from django.conf import settings

from ratel.celery import app
from screening.rescreening import run
from screening.rescreening.tasks import rescreen
from tests.cast import make_bank


def test_every_task_of_the_schedule_is_known_to_the_worker() -> None:
    app.loader.import_default_modules()
    scheduled = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert {"screening.rescreening.tasks.rescreen", "webhooks.mail.tasks.send_mail"} <= scheduled
    assert scheduled <= set(app.tasks)


def test_what_waits_is_looked_at_often_enough_for_five_minutes() -> None:
    assert settings.CELERY_BEAT_SCHEDULE["rescreen"]["schedule"] <= 10


def test_the_task_runs_where_nothing_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    bank = make_bank("Acme Bank", "us")
    monkeypatch.setattr(run, "all_teams", lambda: [bank.team_facts("us")])
    assert rescreen() == 0
