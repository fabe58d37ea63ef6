"""Keys whose 24 hours are over are removed in the background; the others stay."""

from datetime import timedelta

import time_machine
from django.utils import timezone

from screening import tasks
from screening.models import IdempotencyKey
from screening.tasks import purge_idempotency
from tests.cast import make_bank


def test_only_keys_whose_time_is_over_are_removed() -> None:
    bank = make_bank("Acme Bank", "us", "id")
    for pack in ("us", "id"):
        bank.callers[pack].evaluate(externalId="old")
    with time_machine.travel(timezone.now() + timedelta(hours=24, seconds=1)):
        bank.callers["us"].evaluate(externalId="new", customerId="another")
        assert purge_idempotency() >= 2
    for pack, left in (("us", 1), ("id", 0)):
        with bank.seeing(pack):
            assert IdempotencyKey.objects.filter(team_id=bank.teams[pack].id).count() == left


def test_what_does_not_fit_into_one_statement_goes_with_the_next(monkeypatch) -> None:
    monkeypatch.setattr(tasks, "PURGED_AT_ONCE", 2)
    bank = make_bank("Acme Bank", "us")
    for number in range(5):
        bank.callers["us"].evaluate(externalId=f"old-{number}")
    with time_machine.travel(timezone.now() + timedelta(hours=25)):
        assert purge_idempotency() >= 5
    with bank.seeing("us"):
        assert not IdempotencyKey.objects.filter(team_id=bank.teams["us"].id).exists()
