"""API keys: their form, who is refused and how, and what is stored of them."""

import json
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
import time_machine
from django.db import transaction

from ratel.problem import Forbidden, Invalid, Unauthenticated
from teams import audit, keys
from teams.models import ApiKey, AuditEntry
from teams.roles import SCOPES
from tests.cast import Bank, Caller, changed, make_bank, payment
from tests.evaluate.owner import act_for
from tests.evaluate.stored import NOTHING, stored
from tests.evaluate.wire import post

ADDRESS = "/api/transactions/evaluate"


@pytest.fixture(scope="module")
def bank() -> Bank:
    return make_bank("Acme Bank", "us", "ng", people=True)


def text_of(caller: Caller) -> str:
    assert caller.key is not None
    return caller.key


def row_of(bank: Bank, text: str) -> ApiKey:
    with bank.seeing("us"):
        return ApiKey.objects.get(public_id=text[8:20])


def revoke(bank: Bank, text: str) -> None:
    with bank.seeing("us"):
        keys.revoke_key(ApiKey.objects.get(public_id=text[8:20]), actor=audit.system())


# -- Form


@pytest.mark.parametrize(("is_live", "prefix"), [(True, "rk_live_"), (False, "rk_test_")])
def test_a_key_is_a_prefix_an_id_a_secret_and_a_checksum(bank: Bank, is_live: bool, prefix: str) -> None:
    text = text_of(bank.new_key("us", is_live=is_live))
    assert re.fullmatch(prefix + "[0-9A-Za-z]{61}", text)
    parts = keys.take_apart(text)
    assert parts is not None
    assert (len(parts.public_id), len(parts.secret), parts.is_live) == (12, 43, is_live)
    assert 62 ** len(parts.secret) > 2**256


def test_two_keys_share_neither_id_nor_secret(bank: Bank) -> None:
    made = [keys.take_apart(text_of(bank.new_key("us"))) for _ in range(20)]
    assert len({parts.public_id for parts in made if parts}) == 20
    assert len({parts.secret for parts in made if parts}) == 20


def test_a_mistyped_key_is_told_by_its_checksum(bank: Bank) -> None:
    text = text_of(bank.callers["us"])
    for position in range(len(text)):
        other = "a" if text[position] != "a" else "b"
        assert keys.take_apart(text[:position] + other + text[position + 1 :]) is None
    for wrong in (
        "",
        "rk_live_",
        text[:-1],
        text + "0",
        text.replace("rk_live_", "rk_test_"),
        "ä" * len(text),
        " " + text,
    ):
        assert keys.take_apart(wrong) is None


def test_of_a_secret_only_a_keyed_hash_is_stored(bank: Bank, owner_connection: psycopg.Connection) -> None:
    text = text_of(bank.callers["us"])
    parts = keys.take_apart(text)
    assert parts is not None
    stored_hash = bytes(row_of(bank, text).secret_hash)
    assert len(stored_hash) == 32
    act_for(owner_connection, bank)
    for table in ("teams_apikey", "teams_auditentry"):
        rows = owner_connection.execute(f"SELECT t::text FROM {table} t").fetchall()  # noqa: S608 - a table of our own
        assert rows != []
        for (row,) in rows:
            assert parts.secret not in row
            assert parts.secret.encode().hex() not in row


def test_a_key_is_made_and_revoked_on_the_record(bank: Bank) -> None:
    text = text_of(bank.new_key("us"))
    revoke(bank, text)
    key = row_of(bank, text)
    with bank.seeing("us"):
        actions = (
            AuditEntry.objects.filter(subject_id=str(key.id)).order_by("id").values_list("action", flat=True)
        )
        assert list(actions) == ["key.created", "key.revoked"]


@pytest.mark.parametrize(
    "options",
    [{"scopes": ["everything"]}, {"allowed_networks": ["10.0.0.0/40"]}, {"allowed_networks": ["10.0.0.1/8"]}],
    ids=str,
)
def test_a_key_with_an_unknown_scope_or_network_is_not_made(
    bank: Bank, options: dict[str, list[str]]
) -> None:
    with pytest.raises(Invalid), bank.seeing("us"):
        keys.create_key(
            **{"team": bank.teams["us"], "name": "x", "is_live": True, "scopes": ["read"], **options}
        )


# -- Refusals


def unknown(bank: Bank) -> str:
    return keys.compose(is_live=True, public_id="0" * 12, secret="A" * 43)


def wrong_secret(bank: Bank) -> str:
    text = text_of(bank.new_key("us"))
    return keys.compose(is_live=True, public_id=text[8:20], secret="A" * 43)


def revoked(bank: Bank) -> str:
    text = text_of(bank.new_key("us"))
    revoke(bank, text)
    changed()
    return text


def expired(bank: Bank) -> str:
    return text_of(bank.new_key("us", expires_at=datetime.now(UTC) - timedelta(seconds=1)))


def live_where_test(bank: Bank) -> str:
    text = text_of(bank.new_key("us", is_live=False))
    return keys.compose(is_live=True, public_id=text[8:20], secret=text[20:-6])


def malformed(bank: Bank) -> str:
    return "rk_live_" + "x" * 61


def empty(bank: Bank) -> str:
    return ""


def removed(bank: Bank) -> str:
    text = text_of(bank.new_key("us"))
    assert bank_calls(text) == 200
    with bank.seeing("us"):
        ApiKey.objects.filter(public_id=text[8:20]).delete()
    changed()
    return text


def bank_calls(text: str) -> int:
    return Caller(text).post(ADDRESS, payment(persist=False)).status


REFUSED = [unknown, wrong_secret, revoked, expired, live_where_test, malformed, empty, removed]


@pytest.mark.parametrize("make", REFUSED, ids=lambda make: make.__name__)
def test_every_refusal_is_the_same_401(bank: Bank, make: Callable[[Bank], str]) -> None:
    missing = Caller().post(ADDRESS, payment())
    answer = Caller(None).post(ADDRESS, payment(), **{"X-API-Key": make(bank)})
    assert missing.status == answer.status == 401
    for each in (missing, answer):
        assert re.fullmatch("req_[0-9A-Z]{26}", each.error.pop("requestId"))
        assert each.headers["WWW-Authenticate"] == "ApiKey"
    assert answer.body == missing.body
    assert answer.error["code"] == "unauthenticated"


def test_a_refused_caller_stores_nothing_and_learns_nothing_of_the_body() -> None:
    fresh = make_bank("Acme Bank", "us")
    answer = Caller("rk_live_" + "x" * 61).call("POST", ADDRESS, raw=b"not json")
    assert answer.status == 401
    assert stored(fresh, "us") == NOTHING


def test_a_key_works_until_the_second_it_expires(bank: Bank) -> None:
    end = datetime(2027, 3, 1, tzinfo=UTC)
    caller = bank.new_key("us", expires_at=end)
    with time_machine.travel(end - timedelta(seconds=1), tick=False) as clock:
        assert bank_calls(text_of(caller)) == 200
        clock.move_to(end)
        assert bank_calls(text_of(caller)) == 401


@pytest.mark.parametrize("scope", sorted(set(SCOPES) - {"evaluate"}))
def test_without_the_scope_the_answer_is_403(bank: Bank, scope: str) -> None:
    answer = bank.new_key("us", scopes=[scope]).evaluate()
    assert answer.status == 403
    assert answer.error["code"] == "forbidden"


def test_with_the_one_scope_that_is_needed_the_call_is_answered(bank: Bank) -> None:
    assert bank.new_key("us", scopes=["evaluate"]).evaluate(persist=False).status == 200


@pytest.mark.parametrize(
    ("networks", "address", "is_allowed"),
    [
        (["192.0.2.0/24"], "192.0.2.7", True),
        (["192.0.2.0/24"], "192.0.3.7", False),
        (["192.0.2.7/32"], "192.0.2.7", True),
        (["192.0.2.7/32"], "192.0.2.8", False),
        (["198.51.100.0/24", "192.0.2.0/24"], "192.0.2.1", True),
        (["2001:db8::/32"], "2001:db8::1", True),
        (["2001:db8::/32"], "192.0.2.1", False),
        (["192.0.2.0/24"], "", False),
        (["192.0.2.0/24"], "not an address", False),
        ([], "203.0.113.9", True),
    ],
    ids=str,
)
def test_a_key_with_a_list_of_addresses_is_good_from_these_only(
    bank: Bank, networks: list[str], address: str, is_allowed: bool
) -> None:
    text = text_of(bank.new_key("us", allowed_networks=networks))
    if is_allowed:
        assert keys.authenticate(text, address).team.id == bank.teams["us"].id
    else:
        with pytest.raises(Forbidden):
            keys.authenticate(text, address)


def test_from_another_address_the_answer_is_403(bank: Bank) -> None:
    caller = bank.new_key("us", allowed_networks=["192.0.2.0/24"])
    answer = caller.evaluate()
    assert answer.status == 403
    assert caller.post(ADDRESS, payment(persist=False), **{"X-Forwarded-For": "192.0.2.7"}).status == 403


def test_an_address_says_nothing_about_a_key_that_is_wrong(bank: Bank) -> None:
    """The list of addresses is looked at last, so that nobody can find out which ids exist."""
    text = text_of(bank.new_key("us", allowed_networks=["192.0.2.0/24"]))
    forged = keys.compose(is_live=True, public_id=text[8:20], secret="A" * 43)
    with pytest.raises(Unauthenticated):
        keys.authenticate(forged, "203.0.113.9")


def test_a_key_acts_for_its_one_team_only(bank: Bank) -> None:
    customer = "seen by us alone"
    bank.callers["us"].evaluate(customerId=customer)
    text = text_of(bank.callers["us"])
    answer = Caller(text).post(ADDRESS, payment(), **{"X-Ratel-Team": str(bank.teams["ng"].id)})
    assert answer.status == 200
    assert stored(bank, "ng") == NOTHING


# -- Taking effect


def test_a_revoked_key_is_refused_within_a_second_by_a_running_server(
    bank: Bank, live_server_process: str
) -> None:
    text = text_of(bank.new_key("us"))
    body = payment(persist=False)
    # Both processes have it in their memory by now.
    assert {post(live_server_process, text, body).status for _ in range(12)} == {200}
    revoke(bank, text)
    time.sleep(1)
    assert {post(live_server_process, text, body).status for _ in range(12)} == {401}


def test_a_new_key_is_good_at_once_in_a_running_server(bank: Bank, live_server_process: str) -> None:
    body = payment(persist=False)
    assert post(live_server_process, text_of(bank.callers["us"]), body).status == 200
    for _ in range(3):
        assert post(live_server_process, text_of(bank.new_key("us")), body).status == 200


def test_a_scope_that_is_taken_away_is_gone_within_a_second(bank: Bank, live_server_process: str) -> None:
    text = text_of(bank.new_key("us"))
    body = payment(persist=False)
    assert {post(live_server_process, text, body).status for _ in range(8)} == {200}
    with bank.seeing("us"):
        ApiKey.objects.filter(public_id=text[8:20]).update(scopes=["read"])
    time.sleep(1)
    assert {post(live_server_process, text, body).status for _ in range(8)} == {403}


def test_an_answer_to_a_key_is_kept_by_no_cache(bank: Bank, live_server_process: str) -> None:
    """A good one, a refused body and a refused key, by the short way past the framework."""
    text = text_of(bank.callers["us"])
    for key, body, status in ((text, payment(persist=False), 200), (text, {}, 400), ("x", {}, 401)):
        answer = post(live_server_process, key, body)
        assert answer.status == status
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


# -- Last use


def test_the_last_use_is_written_at_most_once_a_minute() -> None:
    bank = make_bank("Acme Bank", "us")
    text = text_of(bank.callers["us"])
    begin = datetime(2027, 1, 1, tzinfo=UTC)
    with time_machine.travel(begin, tick=False) as clock:
        assert row_of(bank, text).last_used_at is None
        bank.callers["us"].evaluate()
        assert row_of(bank, text).last_used_at == begin
        clock.move_to(begin + timedelta(seconds=59))
        bank.callers["us"].evaluate()
        assert row_of(bank, text).last_used_at == begin
        clock.move_to(begin + timedelta(seconds=60))
        bank.callers["us"].evaluate()
        assert row_of(bank, text).last_used_at == begin + timedelta(seconds=60)
    with bank.seeing("us"):
        assert AuditEntry.objects.filter(action="key.used").count() == 2


def test_a_last_use_that_could_not_be_written_is_written_by_the_next_call(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bank = make_bank("Acme Bank", "us")
    text = text_of(bank.callers["us"])
    principal = keys.authenticate(text, "")

    def fails(**_: Any) -> None:
        raise RuntimeError

    with monkeypatch.context() as patch, pytest.raises(RuntimeError):
        patch.setattr(audit, "record", fails)
        keys.note_use(principal, "")
    assert row_of(bank, text).last_used_at is None
    with pytest.raises(RuntimeError), transaction.atomic():
        keys.note_use(principal, "")
        raise RuntimeError
    assert row_of(bank, text).last_used_at is None
    keys.note_use(principal, "")
    assert row_of(bank, text).last_used_at is not None


def test_many_processes_write_the_last_use_once(live_server_process: str) -> None:
    bank = make_bank("Acme Bank", "us")
    for _ in range(12):
        post(live_server_process, text_of(bank.callers["us"]), payment())
    with bank.seeing("us"):
        assert AuditEntry.objects.filter(action="key.used").count() == 1


# -- Logs


def test_neither_secrets_nor_people_are_in_the_logs(
    bank: Bank, live_server_process: str, state_directory: Path
) -> None:
    text = text_of(bank.new_key("us"))
    person = {
        "customerName": "Xaverius Qwertzuiop",
        "counterpartyNik": "3174099999999999",
        "narration": "for Yolanda",
    }
    post(
        live_server_process,
        text,
        payment(**person, customerId="customer-of-interest-77", externalId="ext-4711-x"),
    )
    post(live_server_process, text, payment(**{**person, "kycStatus": "Qwertzuiop"}))
    post(live_server_process, text[:-1] + "?", payment(**person))
    post(live_server_process, text, b'{"customerName": "Xaverius Qwertzuiop", broken')
    log = (state_directory / "server.log").read_text()
    assert str(row_of(bank, text).id) in log
    for secret in (
        text,
        text[20:63],
        *person.values(),
        "Qwertzuiop",
        "customer-of-interest-77",
        "ext-4711-x",
    ):
        assert secret not in log


def test_every_call_leaves_one_record_with_its_caller_and_its_status(
    bank: Bank, live_server_process: str, state_directory: Path
) -> None:
    answer = post(live_server_process, text_of(bank.callers["us"]), payment(persist=False))
    lines = (state_directory / "server.log").read_text().splitlines()
    (record,) = [json.loads(line) for line in lines if answer.headers["X-Request-Id"] in line]
    assert record["status"] == 200
    assert record["caller"] == f"key:{row_of(bank, text_of(bank.callers['us'])).id}"
    assert record["method"] == "POST"
    assert record["route"] == "api/transactions/evaluate"
    assert record["address"] == "127.0.0.1"
