"""Calls with a person's token: limited by a bucket of the person's own and the organisation's ceiling, and counted."""

import base64
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import transaction

from ratel.tenancy import set_tenant
from teams.limits import usage
from teams.limits.tiers import LIMITS, Limit, Tier
from teams.models import KeyUsage, Organisation
from tests.cast import PASSWORD, Answer, Bank, Caller, changed, make_bank
from tests.sandbox.bank import with_sandboxes

PRODUCT = "P-1"
SANDBOX = "us-sandbox"


def sign_in(bank: Bank, role: str) -> str:
    login = base64.b64encode(f"{bank.people[role].email}:{PASSWORD}".encode()).decode()
    answer = Caller().post("/framl/auth/token", {}, Authorization=f"Basic {login}")
    assert answer.status == 200, answer.body
    return str(answer.body["token"])


def pay(token: str, product: str = PRODUCT, amount: Any = 5) -> Answer:
    payload = {"customerId": "c-1", "direction": "debit", "amount": amount, "channel": "transfer"}
    return Caller().post(
        f"/framl/products/{product}/transactions", {"payload": payload}, Authorization=f"Token {token}"
    )


def name_product(bank: Bank, pack: str, code: str = PRODUCT) -> None:
    with bank.seeing(pack):
        bank.teams[pack].product_code = code
        bank.teams[pack].save(update_fields=["product_code"])


def set_ceiling(bank: Bank, per_minute: int, burst: int) -> None:
    with transaction.atomic():
        set_tenant(bank.id, [])
        Organisation.objects.filter(id=bank.id).update(ceiling_per_minute=per_minute, ceiling_burst=burst)
    changed()


@pytest.fixture
def bank() -> Bank:
    made = make_bank("Token Bank", "us", "id", people=True)
    name_product(made, "us")
    name_product(made, "id", "P-2")
    return made


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """The starter tier admits three calls, and one more each minute."""
    monkeypatch.setitem(LIMITS, Tier.STARTER, Limit(1, 3))


@pytest.fixture
def stopped_day(monkeypatch: pytest.MonkeyPatch) -> datetime:
    """The day that calls are counted on does not end in the middle of the test."""
    moment = datetime.now(UTC)

    class StandsStill(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return moment

    monkeypatch.setattr(usage, "datetime", StandsStill)
    return moment


def left_in(answer: Answer, bucket: str) -> int:
    """How many calls the named bucket has left, as the answer tells it."""
    (found,) = [one for one in answer.headers["RateLimit"].split(", ") if one.startswith(f'"{bucket}";')]
    return int(found.split(";")[1].removeprefix("r="))


def test_a_token_has_the_tier_of_a_new_live_key(bank: Bank) -> None:
    answer = pay(sign_in(bank, "analyst"))
    assert answer.status == 200, answer.body
    assert answer.headers["RateLimit-Policy"] == '"person";q=100;w=10'
    assert left_in(answer, "person") == 99


def test_a_person_who_calls_too_often_is_refused_in_the_dialects_shape(bank: Bank, slow: None) -> None:
    token = sign_in(bank, "analyst")
    assert [pay(token).status for _ in range(4)] == [200, 200, 200, 429]
    refused = pay(token)
    assert refused.body == {
        "success": False,
        "message": "Too many requests",
        "code": "too_many_requests",
    }
    assert 55 <= int(refused.headers["Retry-After"]) <= 60
    assert refused.headers["RateLimit-Policy"] == '"person";q=3;w=180'
    assert left_in(refused, "person") == 0


def test_all_tokens_of_a_person_take_from_one_bucket_and_other_peoples_from_theirs(
    bank: Bank, slow: None
) -> None:
    first, second, others = sign_in(bank, "analyst"), sign_in(bank, "analyst"), sign_in(bank, "officer")
    assert [pay(first).status, pay(second).status, pay(first).status] == [200] * 3
    assert pay(second).status == 429
    assert pay(others).status == 200


def test_each_product_of_a_person_has_a_bucket_of_its_own(bank: Bank, slow: None) -> None:
    token = sign_in(bank, "analyst")
    assert [pay(token).status for _ in range(4)] == [200, 200, 200, 429]
    assert pay(token, "P-2").status == 200


def test_a_sandbox_has_a_sandboxs_bucket_whatever_live_teams_have(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.RATEL_TOKEN_TIER = "unlimited"
    bank = with_sandboxes("us")
    token = sign_in(bank, "analyst")
    first = pay(token, SANDBOX)
    assert (first.status, first.headers["RateLimit-Policy"]) == (200, '"person";q=50;w=10')
    assert left_in(first, "person") == 49
    monkeypatch.setitem(LIMITS, Tier.SANDBOX, Limit(1, 2))
    # What was left of fifty is more than fits now.
    assert [pay(token, SANDBOX).status for _ in range(4)] == [200, 200, 429, 429]


def test_the_operator_may_leave_live_teams_without_a_limit(bank: Bank, settings: Any, slow: None) -> None:
    settings.RATEL_TOKEN_TIER = "unlimited"
    token = sign_in(bank, "analyst")
    answers = [pay(token) for _ in range(6)]
    assert [answer.status for answer in answers] == [200] * 6
    assert all("RateLimit" not in answer.headers for answer in answers)


def test_payments_that_are_not_valid_and_calls_without_a_role_count_too(bank: Bank, slow: None) -> None:
    token, auditors = sign_in(bank, "analyst"), sign_in(bank, "auditor")
    assert [pay(token, amount=-1).status for _ in range(4)] == [400, 400, 400, 429]
    assert [pay(auditors).status for _ in range(4)] == [403, 403, 403, 429]


def test_an_unknown_token_or_product_takes_from_no_bucket(bank: Bank, slow: None) -> None:
    token = sign_in(bank, "analyst")
    assert {pay(token, "P-9").status for _ in range(5)} == {404}
    assert {pay("00000000-0000-4000-8000-000000000000").status for _ in range(5)} == {401}
    assert left_in(pay(token), "person") == 2


def test_tokens_are_under_the_organisations_ceiling_with_its_keys(
    bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(LIMITS, Tier.STARTER, Limit(1, 50))
    set_ceiling(bank, 1, 3)
    token = sign_in(bank, "analyst")
    assert [pay(token).status, bank.callers["us"].get("/api/rules").status, pay(token).status] == [200] * 3
    refused = pay(token)
    assert refused.status == 429
    assert refused.headers["RateLimit-Policy"] == '"person";q=50;w=3000, "organisation";q=3;w=180'
    assert bank.callers["us"].get("/api/rules").status == 429
    # What the ceiling refused was not taken from the person either.
    assert left_in(refused, "person") == 48


def test_calls_with_tokens_are_shown_in_usage_by_person(
    bank: Bank, slow: None, stopped_day: datetime
) -> None:
    token = sign_in(bank, "analyst")
    for _ in range(5):
        pay(token)
    usage.flush()
    pay(token)
    usage.flush()
    analyst = bank.people["analyst"].id
    rows = [one for one in bank.callers["us"].get("/api/usage").data if one["personId"] == str(analyst)]
    assert [(one["keyId"], one["day"], one["calls"], one["rejected"]) for one in rows] == [
        (None, stopped_day.date().isoformat(), 3, 3)
    ]
    elsewhere = bank.callers["id"].get("/api/usage").data
    assert [one for one in elsewhere if one["personId"] is not None] == []


def test_a_person_is_counted_in_each_team_and_keys_beside_them(bank: Bank) -> None:
    token = sign_in(bank, "analyst")
    for product in (PRODUCT, "P-2", "P-2"):
        pay(token, product)
    bank.callers["id"].get("/api/rules")
    usage.flush()
    for pack, calls in (("us", 1), ("id", 2)):
        with bank.seeing(pack):
            mine = KeyUsage.objects.filter(person=bank.people["analyst"])
            assert sum(mine.values_list("calls", flat=True)) == calls
    with bank.seeing("id"):
        assert sum(KeyUsage.objects.exclude(key=None).values_list("calls", flat=True)) == 1
