"""Each error that the page documents, provoked in each dialect: its status, its code and the dialect's own shape.

The table below is the promise; a row is a cause, and what each of the five dialects answers to it.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from ratel.tenancy import tenant
from screening import evaluate
from teams.limits.tiers import LIMITS, Limit, Tier
from teams.models import AccessToken, Membership, Person
from tests.cast import Answer, Bank, Caller, make_bank
from tests.dialects.schemas import give_schema, payload
from tests.dialects.test_framl import token_of
from tests.evaluate.wire import post
from tests.failures.scene import Scene, scene

PRODUCT = "ERRORS"
LARGEST_BODY = 1024 * 1024
UNKNOWN_ID = "01HXY3V9K2M4N6P8Q0R2S4T6V8"


# -- What each dialect's good call looks like


def native_body(number: str) -> dict[str, Any]:
    return {
        "customerId": f"c-{number}", "direction": "debit", "amount": 100, "channel": "transfer",
        "externalId": f"native-{number}",
    }  # fmt: skip


def bank_body(number: str) -> dict[str, Any]:
    return {
        "externalId": f"bank-{number}", "type": "TRANSFER", "channel": "MOBILE_APP", "amount": 100,
        "senderAccountNumber": f"c-{number}", "receiverAccountNumber": "9876543210",
    }  # fmt: skip


def entity_body(number: str) -> dict[str, Any]:
    return {
        "transaction_id": f"entity-{number}", "amount": 100, "sender": {"entity_id": f"c-{number}"},
        "receiver": {"entity_id": "r"},
    }  # fmt: skip


def stream_body(number: str) -> dict[str, Any]:
    return {"data": payload(f"stream-{number}")}


def framl_body(number: str) -> dict[str, Any]:
    fields = {**native_body(number), "transactionKey": f"framl-{number}"}
    del fields["externalId"]
    return {"payload": fields, "format": "tt_json", "version": "1"}


# -- What each dialect's errors look like: the code in them, whatever else they have


def native_code(body: dict[str, Any]) -> str:
    assert set(body) == {"ok", "error"}
    assert body["ok"] is False
    error = body["error"]
    assert set(error) == {"type", "title", "status", "detail", "code", "errors", "requestId"}
    assert error["type"] == f"/problems/{error['code']}"
    assert error["title"]
    assert error["detail"]
    return str(error["code"])


def plain_code(body: dict[str, Any]) -> str:
    """Of the bank's and the entity dialect."""
    assert set(body) == {"error", "message", "details", "requestId"}
    assert body["message"]
    assert all(set(one) == {"path", "message"} for one in body["details"])
    return str(body["error"])


def stream_code(body: dict[str, Any]) -> str:
    assert set(body) == {"error", "details", "requestId"}
    assert body["details"]
    return str(body["error"])


def framl_code(body: dict[str, Any]) -> str:
    assert set(body) == {"success", "message", "code"}
    assert body["success"] is False
    assert body["message"]
    return str(body["code"])


@dataclass(frozen=True)
class Dialect:
    """`amount` is the way to the amount in a body; `unknown` an address at which nothing is."""

    path: str
    body: Callable[[str], dict[str, Any]]
    code: Callable[[dict[str, Any]], str]
    amount: tuple[str, ...]
    unknown: tuple[str, str] | None = None


DIALECTS = {
    "native": Dialect(
        "/api/transactions/evaluate",
        native_body,
        native_code,
        ("amount",),
        ("GET", f"/api/evaluations/evl_{UNKNOWN_ID}"),
    ),
    "bank": Dialect(
        "/api/v1/transactions/screen",
        bank_body,
        plain_code,
        ("amount",),
        ("GET", f"/api/v1/transactions/txn_{UNKNOWN_ID}"),
    ),
    "entity": Dialect(
        "/v1/transactions/screen",
        entity_body,
        plain_code,
        ("amount",),
        ("GET", "/v1/entities/nobody/risk"),
    ),
    "stream": Dialect("/stream/v1", stream_body, stream_code, ("data", "amount")),
    "framl": Dialect(
        f"/framl/products/{PRODUCT}/transactions",
        framl_body,
        framl_code,
        ("payload", "amount"),
        ("POST", "/framl/products/NOBODYS/transactions"),
    ),
}


# -- Who calls


@dataclass
class Callers:
    """A bank, and the ways in which somebody can call it in a dialect."""

    bank: Bank
    dialect: str
    number: str
    token: str
    replaced: dict[str, Any] = field(default_factory=dict)

    @property
    def spoken(self) -> Dialect:
        return DIALECTS[self.dialect]

    @property
    def body(self) -> dict[str, Any]:
        return self.spoken.body(self.number)

    def send(
        self, body: Any = None, *, raw: bytes | None = None, method: str = "POST", **headers: str
    ) -> Answer:
        """A call by somebody who may do everything that the dialect has."""
        said = headers or self.usual
        content = raw if raw is not None else json.dumps(self.body if body is None else body).encode()
        return Caller().call(method, self.spoken.path, raw=content, **said)

    @property
    def usual(self) -> dict[str, str]:
        return self.held(self.token if self.dialect == "framl" else str(self.bank.callers["us"].key))

    def held(self, credential: str) -> dict[str, str]:
        """The headers with which a key or a token is sent."""
        return (
            {"Authorization": f"Token {credential}"} if self.dialect == "framl" else {"X-API-Key": credential}
        )

    def new_key(self, **options: Any) -> str:
        return str(self.bank.new_key("us", **options).key)

    def with_amount(self, amount: Any) -> dict[str, Any]:
        body = self.body
        inner = body
        *way, last = self.spoken.amount
        for name in way:
            inner = inner[name]
        inner[last] = amount
        return body


# -- The causes


def not_json(callers: Callers) -> Answer:
    return callers.send(raw=b'{"amount": ')


def an_invalid_field(callers: Callers) -> Answer:
    answer = callers.send(callers.with_amount("a lot"))
    assert "amount" in str(answer.body), "the field is named"
    return answer


def no_credential(callers: Callers) -> Answer:
    return callers.send(Accept="*/*")


def an_unknown_credential(callers: Callers) -> Answer:
    is_framl = callers.dialect == "framl"
    text = "00000000-0000-4000-8000-000000000000" if is_framl else "rk_live_" + "0" * 61
    return callers.send(**callers.held(text))


def an_expired_credential(callers: Callers) -> Answer:
    if callers.dialect != "framl":
        text = callers.new_key(expires_at=timezone.now() - timedelta(seconds=1))
        return callers.send(**callers.held(text))
    text = token_of(callers.bank, "officer")
    with tenant(callers.bank.id):
        mine = AccessToken.objects.filter(person=callers.bank.people["officer"])
        mine.update(expires_at=timezone.now() - timedelta(seconds=1))
    return callers.send(**callers.held(text))


def a_credential_that_was_ended(callers: Callers) -> Answer:
    """A key that was revoked; a token of somebody who has left."""
    if callers.dialect != "framl":
        text = callers.new_key()
        (key,) = [
            one for one in callers.bank.callers["us"].get("/api/keys").data if text.startswith(one["prefix"])
        ]
        assert callers.bank.callers["us"].post(f"/api/keys/{key['id']}/revoke").status == 200
        return callers.send(**callers.held(text))
    text = token_of(callers.bank, "developer")
    with tenant(callers.bank.id):
        Person.objects.filter(id=callers.bank.people["developer"].id).update(is_active=False)
    return callers.send(**callers.held(text))


def a_credential_without_the_right(callers: Callers) -> Answer:
    """A key without the scope; a token of somebody whose role decides nothing."""
    is_framl = callers.dialect == "framl"
    text = token_of(callers.bank, "auditor") if is_framl else callers.new_key(scopes=["read"])
    return callers.send(**callers.held(text))


def from_a_place_or_team_that_is_not_allowed(callers: Callers) -> Answer:
    """A key used from another network; a token of somebody who is not in the team."""
    if callers.dialect != "framl":
        return callers.send(**callers.held(callers.new_key(allowed_networks=["192.0.2.0/24"])))
    text = token_of(callers.bank, "admin")
    with callers.bank.seeing("us"):
        Membership.objects.filter(person=callers.bank.people["admin"], team=callers.bank.teams["us"]).delete()
    return callers.send(**callers.held(text))


def what_does_not_exist(callers: Callers) -> Answer:
    assert callers.spoken.unknown is not None
    method, path = callers.spoken.unknown
    raw = json.dumps(callers.body).encode() if method == "POST" else b""
    return Caller().call(method, path, raw=raw, **callers.usual)


def another_method(callers: Callers) -> Answer:
    return callers.send(method="PUT")


def a_body_that_is_too_large(callers: Callers) -> Answer:
    padded = json.dumps({**callers.body, "pad": ""}).encode()
    larger = padded.replace(b'"pad": ""', b'"pad": "' + b"a" * (LARGEST_BODY - len(padded) + 1) + b'"')
    assert len(larger) == LARGEST_BODY + 1
    return callers.send(raw=larger)


def another_media_type(callers: Callers) -> Answer:
    return callers.send(**{**callers.usual, "content_type": "text/plain"})


def the_same_id_with_another_body(callers: Callers) -> Answer:
    assert callers.send().status == 200
    return callers.send(callers.with_amount(99))


def a_payload_that_does_not_follow_its_schema(callers: Callers) -> Answer:
    wrong = payload(f"wrong-{callers.number}", amount=None, attempts="many")
    answer = callers.send({"data": wrong} if callers.dialect == "stream" else {"payload": wrong})
    assert "amount" in str(answer.body)
    assert "attempts" in str(answer.body), "every offending key is named at once"
    return answer


def a_team_without_a_schema(callers: Callers) -> Answer:
    return callers.send(**callers.held(str(callers.bank.callers["id"].key)))


def too_many_calls(callers: Callers) -> Answer:
    with pytest.MonkeyPatch.context() as narrow:
        narrow.setitem(LIMITS, Tier.STARTER, Limit(1, 1))
        # The officer's bucket is no other test's here.
        is_framl = callers.dialect == "framl"
        text = token_of(callers.bank, "officer") if is_framl else callers.new_key(tier=Tier.STARTER)
        callers.send(**callers.held(text))
        answer = callers.send(**callers.held(text))
    assert int(answer.headers["Retry-After"]) > 0
    whose = "person" if callers.dialect == "framl" else "key"
    assert answer.headers["RateLimit-Policy"] == f'"{whose}";q=1;w=60'
    assert answer.headers["RateLimit"].startswith(f'"{whose}";r=0;t=')
    return answer


def something_unexpected(callers: Callers) -> Answer:
    def broken(*_: Any) -> Any:
        raise RuntimeError("the password is swordfish")

    with pytest.MonkeyPatch.context() as fault:
        fault.setattr(evaluate, "aggregate", broken)
        answer = callers.send()
    for internal in ("swordfish", "RuntimeError", "Traceback", "aggregate"):
        assert internal not in str(answer.body)
    return answer


@dataclass(frozen=True)
class Row:
    """A cause, the status, and the code in native, bank, entity, stream and framl; None where it cannot happen."""

    cause: Callable[[Callers], Answer]
    status: int
    codes: tuple[str | None, str | None, str | None, str | None, str | None]


def everywhere(cause: Callable[[Callers], Answer], status: int, code: str, in_stream: str = "") -> Row:
    return Row(cause, status, (code, code, code, in_stream or code.upper(), code))


TABLE = (
    everywhere(not_json, 400, "not_json", "INVALID_JSON"),
    Row(an_invalid_field, 400, ("invalid", "invalid", "invalid", None, "invalid")),
    Row(a_team_without_a_schema, 400, (None, None, None, "EMPTY_DATABASE_SCHEMA", None)),
    everywhere(no_credential, 401, "unauthenticated", "MISSING_API_KEY"),
    everywhere(an_unknown_credential, 401, "unauthenticated", "INVALID_API_KEY"),
    everywhere(an_expired_credential, 401, "unauthenticated", "INVALID_API_KEY"),
    everywhere(a_credential_that_was_ended, 401, "unauthenticated", "INVALID_API_KEY"),
    everywhere(a_credential_without_the_right, 403, "forbidden", "UNAUTHORIZED_TEAM"),
    everywhere(from_a_place_or_team_that_is_not_allowed, 403, "forbidden", "UNAUTHORIZED_TEAM"),
    Row(what_does_not_exist, 404, ("not_found", "not_found", "not_found", None, "not_found")),
    everywhere(another_method, 405, "method_not_allowed"),
    everywhere(a_body_that_is_too_large, 413, "too_large"),
    everywhere(another_media_type, 415, "unsupported_media_type"),
    everywhere(the_same_id_with_another_body, 422, "externalId_reused", "externalId_reused"),
    Row(
        a_payload_that_does_not_follow_its_schema,
        422,
        (None, None, None, "FAILED_TO_REGISTER_TRANSACTION", "FAILED_TO_REGISTER_TRANSACTION"),
    ),
    everywhere(too_many_calls, 429, "too_many_requests"),
    everywhere(something_unexpected, 500, "internal_error"),
)
CASES = [
    pytest.param(row.cause, row.status, dialect, code, id=f"{row.status}-{dialect}-{row.cause.__name__}")
    for row in TABLE
    for dialect, code in zip(DIALECTS, row.codes, strict=True)
    if code is not None
]


@pytest.fixture(scope="module")
def staffed() -> Bank:
    made = make_bank("Error Bank", "us", "id", people=True)
    with made.seeing("us"):
        made.teams["us"].product_code = PRODUCT
        made.teams["us"].save(update_fields=["product_code"])
    assert give_schema(made, "us").status == 200
    return made


@pytest.fixture(scope="module")
def token(staffed: Bank) -> str:
    """The token that good calls are made with."""
    return token_of(staffed)


@pytest.fixture
def speaking(staffed: Bank, token: str, number: str) -> Callable[[str], Callers]:
    return lambda dialect: Callers(staffed, dialect, number, token)


def assert_refused(answer: Answer, dialect: str, status: int, code: str) -> None:
    """Status, code and shape; the id that callers quote is the one of the header."""
    assert answer.status == status, answer.body
    assert DIALECTS[dialect].code(answer.body) == code
    assert answer.headers["Content-Type"] == "application/json"
    told = (
        answer.body.get("error", {}).get("requestId") if dialect == "native" else answer.body.get("requestId")
    )
    assert answer.headers["X-Request-Id"].startswith("req_")
    if dialect != "framl":
        assert told == answer.headers["X-Request-Id"]
    if dialect == "native":
        assert answer.body["error"]["status"] == status


@pytest.mark.parametrize(("cause", "status", "dialect", "code"), CASES)
def test_a_documented_error_is_told_in_the_dialects_own_shape(
    speaking: Callable[[str], Callers],
    cause: Callable[[Callers], Answer],
    status: int,
    dialect: str,
    code: str,
) -> None:
    assert_refused(cause(speaking(dialect)), dialect, status, code)


def test_the_table_has_every_status_that_the_page_documents() -> None:
    told = {
        (row.status, dialect)
        for row in TABLE
        for dialect, code in zip(DIALECTS, row.codes, strict=True)
        if code
    }
    of_all = {400, 401, 403, 405, 413, 415, 422, 429, 500}
    assert told == {(status, dialect) for status in of_all for dialect in DIALECTS} | {
        (404, dialect) for dialect, spoken in DIALECTS.items() if spoken.unknown
    }


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_call_that_the_errors_are_made_from_is_a_good_one(
    speaking: Callable[[str], Callers], dialect: str
) -> None:
    assert speaking(dialect).send().status == 200


def test_a_replay_is_409_in_the_banks_dialect_with_the_verdict_as_its_body(
    speaking: Callable[[str], Callers],
) -> None:
    callers = speaking("bank")
    first, second = callers.send(), callers.send()
    assert (first.status, second.status) == (200, 409)
    assert second.body == {**first.body, "cached": True}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_what_was_refused_as_unexpected_can_be_sent_again(
    speaking: Callable[[str], Callers], dialect: str
) -> None:
    callers = speaking(dialect)
    assert something_unexpected(callers).status == 500
    assert callers.send().status == 200


# -- 503: a database that is away, behind a real web server


@pytest.fixture(scope="module")
def running(database_url: str, redis_url: str, state_directory: Path) -> Iterator[Scene]:
    with scene(database_url, redis_url, state_directory / "dialect_errors.log") as found:
        yield found


@pytest.mark.parametrize("dialect", DIALECTS)
def test_without_a_database_every_dialect_says_so_and_when_to_come_again(
    speaking: Callable[[str], Callers], running: Scene, dialect: str
) -> None:
    callers = speaking(dialect)

    def send(body: dict[str, Any]) -> Answer:
        return post(running.base_url, None, body, callers.spoken.path, **callers.usual)

    running.database.refuse()
    try:
        answer = send(callers.body)
    finally:
        running.database.accept()
    assert_refused(answer, dialect, 503, "UNAVAILABLE" if dialect == "stream" else "unavailable")
    assert int(answer.headers["Retry-After"]) >= 1
    running.until_it_decides(callers.bank)
