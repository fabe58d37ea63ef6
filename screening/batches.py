"""A batch, split into chunks that commit by themselves, without ever making another customer's payment wait.

A customer whom somebody else is deciding about is not waited for: its items come last, one by one and in their order.
A chunk that fails is answered item by item; what was committed before it stays answered as decided.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from ratel.problem import Refusal, logged_refusal_of
from screening.answer import Answer
from screening.request import EvaluateRequest

# Locks are a shared resource of the database: a chunk is committed before the next one takes its own.
CHUNK: Final = 100
# Decides requests together; without patience, None stands for one whose customer is somebody else's at the moment.
Decide = Callable[..., list[Answer | None]]


def in_chunks(requests: Sequence[EvaluateRequest], decide: Decide) -> list[Answer]:
    """One answer per request, in order; raises only where nothing at all could be decided."""
    batch = _Batch(requests, decide)
    for start in range(0, len(requests), CHUNK):
        batch.decide_chunk(range(start, min(start + CHUNK, len(requests))))
    batch.decide_late()
    if batch.failures and all(answer in batch.failures for answer in batch.answers.values()):
        raise batch.failures[0]
    return [batch.answers[position] for position in range(len(requests))]


@dataclass
class _Batch:
    requests: Sequence[EvaluateRequest]
    decide: Decide
    answers: dict[int, Answer] = field(default_factory=dict)
    busy: set[str] = field(default_factory=set)
    late: list[int] = field(default_factory=list)
    failures: list[Refusal] = field(default_factory=list)

    def decide_chunk(self, positions: Sequence[int]) -> None:
        ready = [position for position in positions if self._customer(position) not in self.busy]
        self.late += [position for position in positions if self._customer(position) in self.busy]
        for position, answer in zip(ready, self._attempt(ready, patient=False), strict=True):
            if answer is None:
                self.busy.add(self._customer(position))
                self.late.append(position)
            else:
                self.answers[position] = answer

    def decide_late(self) -> None:
        """Whoever is free by now together, the others one by one: waiting for the customer's turn, as a single does."""
        waiting = sorted(self.late)
        self.busy, self.late = set(), []
        for start in range(0, len(waiting), CHUNK):
            self.decide_chunk(waiting[start : start + CHUNK])
        for position in sorted(self.late):
            (answer,) = self._attempt([position], patient=True)
            if answer is not None:
                self.answers[position] = answer

    def _attempt(self, positions: Sequence[int], *, patient: bool) -> list[Answer | None]:
        if not positions:
            return []
        try:
            return self.decide([self.requests[position] for position in positions], patient=patient)
        except Exception as error:
            self.failures.append(logged_refusal_of(error))
            return [self.failures[-1] for _ in positions]

    def _customer(self, position: int) -> str:
        return self.requests[position].transaction.customer_id
