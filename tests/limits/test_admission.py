"""Limits as callers meet them: on every address, in every dialect's words, with Redis and without."""

import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import redis
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import transaction
from structlog.testing import capture_logs

from ratel.breakers import FAILURES_IN_A_ROW, GUARDS, REDIS
from ratel.tenancy import set_tenant
from teams.limits import admission
from teams.limits.shared import SharedBuckets
from teams.limits.tallies import TALLIES
from teams.limits.tiers import LIMITS, Limit, Tier
from teams.models import ApiKey, Organisation
from tests.cast import Bank, Caller, changed, make_bank, payment
from tests.evaluate.test_both_ways import directly
from tests.faults.proxy import proxy_to
from tests.faults.services import through

EVALUATE = "/api/transactions/evaluate"


@pytest.fixture
def bank() -> Bank:
    return make_bank("Acme Bank", "us")


def limited(bank: Bank, per_minute: int = 1, burst: int = 3) -> Caller:
    return bank.new_key("us", tier=Tier.CUSTOM, limit=Limit(per_minute, burst))


def statuses(caller: Caller, calls: int, path: str = "/api/rules") -> list[int]:
    return [caller.get(path).status for _ in range(calls)]


def set_ceiling(bank: Bank, per_minute: int | None, burst: int | None) -> None:
    with transaction.atomic():
        set_tenant(bank.id, [])
        Organisation.objects.filter(id=bank.id).update(ceiling_per_minute=per_minute, ceiling_burst=burst)
    changed()


# -- What a key may


@pytest.mark.parametrize(("is_live", "tier"), [(True, "starter"), (False, "sandbox")])
def test_a_new_key_has_the_usual_tier(bank: Bank, is_live: bool, tier: str) -> None:
    caller = bank.new_key("us", is_live=is_live, tier=None)
    with bank.seeing("us"):
        assert ApiKey.objects.get(public_id=str(caller.key)[8:20]).tier == tier


def test_the_tiers_are_as_promised() -> None:
    assert LIMITS[Tier.STARTER] == Limit(600, 100)
    assert LIMITS[Tier.BASIC] == Limit(1_000, 100)
    assert LIMITS[Tier.STANDARD] == Limit(10_000, 1_000)
    assert LIMITS[Tier.ENTERPRISE] == Limit(100_000, 10_000)
    assert Tier.UNLIMITED not in LIMITS


def test_a_key_that_calls_too_often_is_refused_and_told_when_to_come_again(bank: Bank) -> None:
    caller = limited(bank)
    assert statuses(caller, 5) == [200, 200, 200, 429, 429]
    refused = caller.get("/api/rules")
    assert refused.error["code"] == "too_many_requests"
    assert 55 <= int(refused.headers["Retry-After"]) <= 60
    assert refused.headers["RateLimit-Policy"] == '"key";q=3;w=180'
    assert refused.headers["RateLimit"].startswith('"key";r=0;t=1')


def test_whoever_waits_as_told_is_admitted(bank: Bank) -> None:
    caller = limited(bank, per_minute=20, burst=1)
    assert statuses(caller, 2) == [200, 429]
    time.sleep(int(caller.get("/api/rules").headers["Retry-After"]))
    assert statuses(caller, 1) == [200]


def test_every_answer_to_a_limited_key_tells_what_is_left(bank: Bank) -> None:
    caller = limited(bank)
    for answer, left in (
        (caller.evaluate(), 2),
        (caller.evaluate(amount=-1), 1),
        (caller.get("/api/nothing"), None),
    ):
        if left is None:
            assert "RateLimit" not in answer.headers
        else:
            assert answer.headers["RateLimit"].startswith(f'"key";r={left};')


def test_calls_past_the_framework_and_through_it_take_from_one_bucket(bank: Bank) -> None:
    caller, body = limited(bank), b'{"customerId": "c", "direction": "debit", "amount": 1, "channel": "atm"}'
    assert caller.evaluate().status == 200
    status, _, headers = directly(EVALUATE, body, {"HTTP_X_API_KEY": str(caller.key)})
    assert (status, headers["RateLimit"][:9]) == (200, '"key";r=1')
    assert caller.evaluate().status == 200
    status, document, headers = directly(EVALUATE, body, {"HTTP_X_API_KEY": str(caller.key)})
    assert (status, document["error"]["code"]) == (429, "too_many_requests")
    assert int(headers["Retry-After"]) > 0
    assert headers["RateLimit-Policy"] == '"key";q=3;w=180'


def test_a_batch_is_one_call(bank: Bank) -> None:
    caller = limited(bank)
    answer = caller.post(
        EVALUATE + "/batch", {"batch": [payment(customerId=str(number)) for number in range(50)]}
    )
    assert answer.status == 200
    assert answer.headers["RateLimit"].startswith('"key";r=2;')


def test_calls_that_lack_the_scope_count_too(bank: Bank) -> None:
    caller = bank.new_key("us", scopes=["evaluate"], tier=Tier.CUSTOM, limit=Limit(1, 2))
    assert statuses(caller, 3) == [403, 403, 429]


def test_a_key_that_is_not_known_takes_from_no_bucket(bank: Bank) -> None:
    before = TALLIES.read()
    assert {Caller("rk_live_" + "0" * 61).get("/api/rules").status for _ in range(5)} == {401}
    assert TALLIES.read() == before


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        (EVALUATE, payment(), lambda body: body["error"]["code"]),
        ("/api/v1/transactions/screen", {}, lambda body: body["error"]),
        ("/v1/transactions/screen", {}, lambda body: body["error"]),
        ("/stream/v1", {"data": {}}, lambda body: body["error"]),
    ],
)
def test_each_dialect_says_it_in_its_own_shape(bank: Bank, path: str, body: Any, code: Any) -> None:
    caller = limited(bank, burst=1)
    caller.get("/api/rules")
    refused = caller.post(path, body)
    assert refused.status == 429
    assert code(refused.body).lower() == "too_many_requests"
    assert int(refused.headers["Retry-After"]) > 0
    assert refused.headers["RateLimit"].startswith('"key";r=0;')


def test_a_changed_limit_holds_within_a_second(bank: Bank) -> None:
    caller = limited(bank)
    assert statuses(caller, 4)[-1] == 429
    with bank.seeing("us"):
        ApiKey.objects.filter(public_id=str(caller.key)[8:20]).update(
            tier="unlimited", rate_per_minute=None, burst=None
        )
    time.sleep(1.0)
    assert statuses(caller, 5) == [200] * 5


# -- The organisation's ceiling


def test_all_keys_of_an_organisation_share_its_ceiling(bank: Bank) -> None:
    set_ceiling(bank, 1, 3)
    one, other = limited(bank, burst=50), limited(bank, burst=50)
    assert [*statuses(one, 2), *statuses(other, 2)] == [200, 200, 200, 429]
    answer = one.get("/api/rules")
    assert answer.headers["RateLimit-Policy"] == '"key";q=50;w=3000, "organisation";q=3;w=180'
    assert bank.callers["us"].get("/api/rules").status == 429, "an unlimited key is under the ceiling too"
    set_ceiling(bank, None, None)
    assert statuses(bank.callers["us"], 3) == [200] * 3


def test_a_ceiling_is_nobody_elses(bank: Bank) -> None:
    rival = make_bank("Rival Bank", "us")
    set_ceiling(bank, 1, 1)
    assert statuses(bank.callers["us"], 2) == [200, 429]
    assert statuses(limited(rival, burst=5), 5) == [200] * 5


# -- Without limits, and without Redis


@pytest.fixture
def clean_breaker() -> Iterator[None]:
    yield
    GUARDS.forget()


def test_a_key_without_limits_never_asks_redis(
    bank: Bank, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = urlsplit(redis_url)
    with proxy_to((parts.hostname or "", parts.port or 0)) as proxy:
        monkeypatch.setattr(admission, "SHARED", SharedBuckets(through(proxy, redis_url), 5))
        assert statuses(limited(bank), 1) == [200]
        assert proxy.passed("to_server") > 0
        proxy.count()
        assert {bank.callers["us"].evaluate().status for _ in range(20)} == {200}
        assert proxy.passed("to_server") == 0


@pytest.mark.parametrize("fault", ["silent", "gone"])
def test_without_redis_it_neither_waits_nor_opens_without_bound(
    bank: Bank, redis_url: str, monkeypatch: pytest.MonkeyPatch, clean_breaker: None, fault: str
) -> None:
    caller, parts = limited(bank, per_minute=60, burst=40), urlsplit(redis_url)
    with proxy_to((parts.hostname or "", parts.port or 0)) as proxy:
        monkeypatch.setattr(admission, "SHARED", SharedBuckets(through(proxy, redis_url)))
        assert statuses(caller, 1) == [200]
        proxy.hang() if fault == "silent" else proxy.refuse()
        before = TALLIES.read()
        started = time.monotonic()
        with capture_logs() as lines:
            answers = statuses(caller, 200)
        seconds = time.monotonic() - started
        # Half of the burst is this process's share, and one a second comes back in halves.
        assert 20 <= answers.count(200) <= 20 + seconds * 0.5 + 1
        assert answers[-1] == 429
        # Ten calls waited for Redis, a tenth of a second each (twice that where it had to connect again).
        assert GUARDS.named(REDIS).report().phase == "open"
        assert seconds < 60
        said = [line for line in lines if line["event"] == "limits_counted_here"]
        assert len(said) == 1
        counted = TALLIES.read()
        assert (counted.own - before.own, counted.is_alone) == (200, True)
        assert counted.rejected - before.rejected == answers.count(429)


def test_calls_wait_for_a_silent_redis_ten_times_and_then_no_more(
    bank: Bank, redis_url: str, monkeypatch: pytest.MonkeyPatch, clean_breaker: None
) -> None:
    asked = []

    class Silent(SharedBuckets):
        def take(self, buckets: Any) -> Any:
            asked.append(buckets)
            raise redis.TimeoutError

    monkeypatch.setattr(admission, "SHARED", Silent(redis_url))
    statuses(limited(bank, burst=1_000), FAILURES_IN_A_ROW + 20)
    assert len(asked) == FAILURES_IN_A_ROW


def test_when_redis_is_back_the_shared_bucket_decides_again(
    bank: Bank, redis_url: str, monkeypatch: pytest.MonkeyPatch, clean_breaker: None
) -> None:
    caller = limited(bank, burst=40)
    monkeypatch.setattr(admission, "SHARED", SharedBuckets("redis://127.0.0.1:1/0"))
    statuses(caller, 30)
    assert TALLIES.read().is_alone
    monkeypatch.setattr(admission, "SHARED", SharedBuckets(redis_url, timeout_seconds=10))
    GUARDS.forget()
    with capture_logs() as lines:
        answer = caller.get("/api/rules")
    assert answer.headers["RateLimit"].startswith('"key";r=39;')
    assert [line["event"] for line in lines if line["event"] == "limits_shared_again"] != []
    assert not TALLIES.read().is_alone


def test_the_operator_sets_the_ceiling_with_a_command(bank: Bank) -> None:
    call_command("limit_organisation", str(bank.id), "--per-minute", "1", "--burst", "2")
    changed()
    assert statuses(bank.callers["us"], 3) == [200, 200, 429]
    call_command("limit_organisation", str(bank.id))
    changed()
    assert statuses(bank.callers["us"], 3) == [200] * 3
    for wrong in (
        ["--burst", "2"],
        ["--per-minute", "0", "--burst", "1"],
        ["--per-minute", "x", "--burst", "1"],
    ):
        with pytest.raises(CommandError):
            call_command("limit_organisation", str(bank.id), *wrong)
