"""What is sent and how the answer is read, without any connection: both clients carry these calls out."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Generic, TypeVar
from urllib.parse import quote, urlencode
from uuid import uuid4

from ratel_client.errors import error_of
from ratel_client.results import BatchStatus, EntityRisk, Evaluation, Item, Problem, Screening
from ratel_client.retries import retry_after

Result = TypeVar("Result")
MOST_IN_A_BATCH = 1_000


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
        except ValueError:
            return None


@dataclass(frozen=True)
class Call(Generic[Result]):
    """One request. `is_safe_to_repeat` is false for what would happen twice."""

    method: str
    path: str
    read: Callable[[Answer], Result]
    body: bytes | None = None
    expected: frozenset[int] = field(default=frozenset({200}))
    is_safe_to_repeat: bool = True

    def result(self, answer: Answer) -> Result:
        """What the answer says; raises the RatelError that it stands for."""
        if answer.status not in self.expected:
            raise error_of(
                answer.status,
                answer.document,
                answer.header("X-Request-Id") or "",
                retry_after(answer.header("Retry-After")),
            )
        return self.read(answer)


def encoded(document: Any) -> bytes:
    """JSON with exact amounts: decimals travel as text."""
    return json.dumps(document, default=_plain, separators=(",", ":")).encode()


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


def start_batch(transactions: Sequence[Mapping[str, Any]], callback_url: str | None) -> Call[BatchStatus]:
    body: dict[str, Any] = {"transactions": list(transactions)}
    if callback_url is not None:
        body["callback_url"] = callback_url
    return Call(
        "POST",
        "/v1/transactions/batch",
        lambda answer: BatchStatus.read(answer.document),
        encoded(body),
        expected=frozenset({202}),
        # Two batches of the same payments decide each of them once: their ids are known again.
    )


def batch_status(batch_id: str) -> Call[BatchStatus]:
    path = f"/v1/batches/{quote(batch_id, safe='')}"
    return Call("GET", path, lambda answer: BatchStatus.read(answer.document))


def entity_risk(entity_id: str) -> Call[EntityRisk]:
    path = f"/v1/entities/{quote(entity_id, safe='')}/risk"
    return Call("GET", path, lambda answer: EntityRisk.read(answer.document))


def alerts(**filters: str) -> Call[list[Mapping[str, Any]]]:
    query = "?" + urlencode(filters) if filters else ""
    return Call("GET", "/api/alerts" + query, lambda answer: list(answer.document["data"]))


def batch_results(status: BatchStatus) -> list[Mapping[str, Any]]:
    return list(status.raw.get("results") or [])
