"""What is sent and how the answer is read, without any connection: both clients carry these calls out."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Generic, TypeVar
from urllib.parse import quote, urlencode
from uuid import uuid4

from ratel_client.errors import Unreadable, error_of
from ratel_client.results import (
    AlertPage,
    BatchStatus,
    EntityRisk,
    Evaluation,
    Item,
    Problem,
    Screening,
)
from ratel_client.retries import retry_after

Result = TypeVar("Result")
USER_AGENT = "ratel-client/0.1"
MOST_IN_A_BATCH = 1_000
_ADDRESS = re.compile(r"https?://([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?(/[\x21-\x7e]*)?")
_VISIBLE = re.compile(r"[\x21-\x7e]{1,128}")


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers.items() if key.lower() == name.lower()), None)

    @property
    def document(self) -> Any:
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None


@dataclass(frozen=True)
class Call(Generic[Result]):
    """One request. Each can be repeated: it reads, or carries an id by which the server knows it again."""

    method: str
    path: str
    read: Callable[[Answer], Result]
    body: bytes | None = None
    expected: frozenset[int] = field(default=frozenset({200}))
    headers: Mapping[str, str] = field(default_factory=dict)

    def result(self, answer: Answer) -> Result:
        """What the answer says; raises the RatelError that it stands for."""
        if answer.status not in self.expected:
            raise error_of(
                answer.status,
                answer.document,
                answer.header("X-Request-Id") or "",
                retry_after(answer.header("Retry-After")),
            )
        try:
            return self.read(answer)
        except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
            raise Unreadable(
                f"{answer.status}: the answer is not one of Ratel's", status=answer.status
            ) from error


def checked_address(base_url: str) -> str:
    """The address without its last slash; raises ValueError where nothing could be asked there."""
    if not _ADDRESS.fullmatch(base_url):
        raise ValueError("the address must be like https://ratel.bank.example")
    return base_url.rstrip("/")


def headers_for(api_key: str) -> dict[str, str]:
    """What every call carries; raises ValueError for a text that cannot be a key (a newline came along, perhaps)."""
    if not _VISIBLE.fullmatch(api_key):
        raise ValueError(
            "the API key is empty, or has a space, a newline or another character that no key has"
        )
    return {"X-API-Key": api_key, "Content-Type": "application/json", "User-Agent": USER_AGENT}


def encoded(document: Any) -> bytes:
    """JSON with exact amounts: decimals travel as text. Raises ValueError for what JSON has no number for."""
    return json.dumps(document, default=_plain, separators=(",", ":"), allow_nan=False).encode()


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    if hasattr(value, "isoformat"):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} cannot be sent")


def with_external_id(payment: Mapping[str, Any]) -> dict[str, Any]:
    """The payment with an external id: without one nobody could tell a repeated call from a second payment."""
    external_id = payment.get("externalId")
    return {**payment, "externalId": external_id if external_id is not None else str(uuid4())}


def evaluate(payment: Mapping[str, Any], *, include_layers: bool) -> Call[Evaluation]:
    sent = with_external_id(payment)
    return Call(
        "POST",
        "/api/transactions/evaluate" + ("?include=layers" if include_layers else ""),
        lambda answer: Evaluation.read(answer.document, sent["externalId"]),
        encoded(sent),
    )


def evaluate_batch(payments: Sequence[Mapping[str, Any]]) -> Call[list[Item]]:
    if not 1 <= len(payments) <= MOST_IN_A_BATCH:
        raise ValueError(f"a batch has 1 to {MOST_IN_A_BATCH} payments; send more with screen_batch")
    sent = [with_external_id(payment) for payment in payments]
    ids = [one["externalId"] for one in sent]

    def read(answer: Answer) -> list[Item]:
        return [
            _item(one, external_id) for one, external_id in zip(answer.document["data"], ids, strict=True)
        ]

    return Call("POST", "/api/transactions/evaluate/batch", read, encoded({"batch": sent}))


def _item(document: Mapping[str, Any], external_id: str) -> Item:
    if document["ok"]:
        return Item(Evaluation.read(document, external_id))
    error = document["error"]
    problems = tuple(Problem(one["path"], one["message"]) for one in error["errors"])
    return Item(None, error["code"], problems)


def screen_transaction(transaction: Mapping[str, Any]) -> Call[Screening]:
    def read(answer: Answer) -> Screening:
        return Screening.read(answer.document, replayed=answer.header("Idempotent-Replayed") == "true")

    return Call("POST", "/v1/transactions/screen", read, encoded(transaction))


def start_batch(
    transactions: Sequence[Mapping[str, Any]], callback_url: str | None, idempotency_key: str | None
) -> Call[BatchStatus]:
    if idempotency_key is not None and not _VISIBLE.fullmatch(idempotency_key):
        raise ValueError("an idempotency key has 1 to 128 visible ASCII characters")
    body: dict[str, Any] = {"transactions": list(transactions)}
    if callback_url is not None:
        body["callback_url"] = callback_url
    return Call(
        "POST",
        "/v1/transactions/batch",
        lambda answer: BatchStatus.read(answer.document),
        encoded(body),
        expected=frozenset({202}),
        headers={"Idempotency-Key": str(uuid4()) if idempotency_key is None else idempotency_key},
    )


def batch_status(batch_id: str) -> Call[BatchStatus]:
    path = f"/v1/batches/{quote(batch_id, safe='')}"
    return Call("GET", path, lambda answer: BatchStatus.read(answer.document))


def entity_risk(entity_id: str) -> Call[EntityRisk]:
    path = f"/v1/entities/{quote(entity_id, safe='')}/risk"
    return Call("GET", path, lambda answer: EntityRisk.read(answer.document))


def alerts(filters: Mapping[str, str | int]) -> Call[AlertPage]:
    query = "?" + urlencode(filters) if filters else ""
    return Call("GET", "/api/alerts" + query, lambda answer: AlertPage.read(answer.document))
