"""Reads what the server answered: a decision, a refusal, or nothing that settles the payment.

Answers hold personal data in what they quote, so only codes, statuses and field paths are taken from a
refusal.
"""

from dataclasses import dataclass

import msgspec

# Statuses that speak of the payment itself; any other may be otherwise next time, or with another key.
SETTLING_STATUSES = {400, 409, 413, 415, 422}
LONGEST_SHOWN_CHARACTERS = 80
PATHS_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Decided:
    """The server's decision on one payment; `is_replay`: it had decided it before."""

    decision: str
    is_blocked: bool
    is_replay: bool

    @property
    def is_alerted(self) -> bool:
        return self.decision != "pass"


@dataclass(frozen=True, slots=True)
class Refused:
    """The server will not decide this payment as it is; sending it again would change nothing."""

    status: int
    code: str
    paths: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unanswered:
    """Nothing settled the payment in its tries: the server was away, busy, broken, or refuses the caller.

    `status` 0: no answer came at all.
    """

    code: str
    status: int = 0


Outcome = Decided | Refused | Unanswered


class FieldProblem(msgspec.Struct):
    path: str = ""


class Problem(msgspec.Struct):
    status: int = 0
    code: str = ""
    errors: list[FieldProblem] = []


class Evaluation(msgspec.Struct):
    decision: str
    blocked: bool = False
    idempotent: bool = False


class Element(msgspec.Struct):
    """One answer: of a single call, or an element of a batch."""

    ok: bool
    data: Evaluation | None = None
    error: Problem | None = None
    idempotent: bool = False


class BatchAnswer(msgspec.Struct):
    ok: bool
    data: list[Element] | None = None
    error: Problem | None = None


_single = msgspec.json.Decoder(Element)
_batch = msgspec.json.Decoder(BatchAnswer)


def read_single(status: int, body: bytes) -> list[Outcome]:
    """The outcome of a single call, as a list of one."""
    try:
        return [outcome(status, _single.decode(body))]
    except (msgspec.DecodeError, UnicodeDecodeError):
        return [without_envelope(status)]


def read_batch(status: int, body: bytes, count: int) -> list[Outcome]:
    """One outcome per payment of a batch, in order; a batch refused as a whole settles none of them."""
    try:
        answer = _batch.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return [not_understood(status)] * count
    if not answer.ok or answer.data is None:
        problem = answer.error or Problem()
        return [Unanswered(plain(problem.code) or f"HTTP_{status}", status)] * count
    if len(answer.data) != count:
        return [Unanswered("ANSWER_OF_ANOTHER_LENGTH", status)] * count
    return [outcome(status, element) for element in answer.data]


def outcome(status: int, element: Element) -> Outcome:
    if not element.ok or element.data is None:
        return refusal(status, element.error)
    evaluation = element.data
    return Decided(evaluation.decision, evaluation.blocked, element.idempotent or evaluation.idempotent)


def refusal(status: int, problem: Problem | None) -> Outcome:
    """What an error means for the payment."""
    if problem is None:
        return without_envelope(status)
    status = problem.status or status
    code = plain(problem.code) or f"HTTP_{status}"
    if status not in SETTLING_STATUSES:
        return Unanswered(code, status)
    return Refused(status, code, tuple(plain(error.path) for error in problem.errors[:PATHS_SHOWN]))


def without_envelope(status: int) -> Outcome:
    """An answer that is not in the dialect's form, from a proxy for instance."""
    if status in SETTLING_STATUSES:
        return Refused(status, f"HTTP_{status}")
    return not_understood(status)


def not_understood(status: int) -> Unanswered:
    return Unanswered("ANSWER_NOT_UNDERSTOOD" if status < 300 else f"HTTP_{status}", status)


def plain(text: str) -> str:
    """Fit for a terminal: no control characters, not long."""
    return "".join(letter for letter in text if letter.isprintable())[:LONGEST_SHOWN_CHARACTERS]
