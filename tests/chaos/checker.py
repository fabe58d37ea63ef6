"""Compares what clients were told, what the tables hold and what the receiver saw. Pure: it reads nothing itself.

Every sentence of the promise is one function that yields what breaks it, so a run that finds nothing has looked at
each of them. The checker is tested with planted faults; it must be able to fail.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from tests.chaos.records import Seen, Stored, StoredEvaluation, StoredEvent, Told

MOST_REDELIVERED_SHARE: Final = 0.05
ACCEPTED: Final = range(200, 300)
SHOWN_DECISIONS: Final = {"block": "escalate"}
# Events that tell of an evaluation, and how their payload names it.
OF_ALERTS: Final = frozenset({"alert.created", "alert.triggered", "alert.escalated"})
OF_CASES: Final = frozenset({"case.created", "case.updated"})
OF_EVALUATIONS: Final = frozenset({"sar.drafted", "evaluation.partial", "evaluation.rescreened"})


@dataclass(frozen=True)
class Verdict:
    """What was found, by kind (every kind is there, also without a fault), and what was counted."""

    faults: dict[str, list[str]]
    counts: dict[str, int]

    @property
    def is_clean(self) -> bool:
        return not any(self.faults.values())


def check(told: Told, stored: Stored, seen: Seen | None) -> Verdict:
    """The whole comparison; without a receiver, events are held against evaluations only."""
    finders: dict[str, Callable[[], Iterator[str]]] = {
        "acknowledged decisions lost": lambda: _lost(told, stored),
        "decided twice": lambda: _twice(stored),
        "conflicting answers": lambda: _conflicting(told, stored),
        "refused without reason": lambda: iter(told.refused),
        "never answered": lambda: iter(told.unanswered),
        "half written": lambda: _half_written(stored),
        "evaluations without their events": lambda: _without_events(stored),
        "events without their evaluation": lambda: _without_evaluation(stored),
        "counters that do not add up": lambda: iter(stored.miscounted),
    }
    if seen is not None:
        finders |= {
            "events lost": lambda: _undelivered(stored, seen),
            "events in the dead-letter table": lambda: iter(stored.dead_letters),
            "deliveries that are no event of ours": lambda: _unknown(stored, seen),
            "events whose content changed": lambda: _changed(seen),
            "deliveries without a valid signature": lambda: _unsigned(seen),
            "too many re-deliveries": lambda: _redelivered(seen),
        }
    return Verdict({kind: list(find()) for kind, find in finders.items()}, _counts(told, stored, seen))


def redelivered(seen: Seen) -> int:
    """Calls for events that the receiver had already accepted."""
    accepted = Counter(receipt.event_id for receipt in seen.receipts if receipt.status in ACCEPTED)
    return sum(count - 1 for count in accepted.values())


def _counts(told: Told, stored: Stored, seen: Seen | None) -> dict[str, int]:
    counts = {
        "external ids": len(told.answers),
        "answers 200": sum(len(answers) for answers in told.answers.values()),
        "evaluations": len(stored.evaluations),
        "events": len(stored.events),
    }
    if seen is not None:
        counts["calls to the receiver"] = len(seen.receipts)
        counts["refused by the receiver"] = sum(receipt.status not in ACCEPTED for receipt in seen.receipts)
        counts["re-deliveries"] = redelivered(seen)
    return counts


def _by_external_id(stored: Stored) -> dict[str, list[StoredEvaluation]]:
    found: dict[str, list[StoredEvaluation]] = defaultdict(list)
    for evaluation in stored.evaluations:
        if evaluation.rescreens is None:
            found[evaluation.external_id].append(evaluation)
    return found


def _lost(told: Told, stored: Stored) -> Iterator[str]:
    found = _by_external_id(stored)
    for external_id, answers in told.answers.items():
        if answers and external_id not in found:
            yield external_id


def _twice(stored: Stored) -> Iterator[str]:
    for external_id, evaluations in _by_external_id(stored).items():
        if len(evaluations) > 1:
            yield f"{external_id}: {len(evaluations)} evaluations"
    decided = sum(evaluation.rescreens is None for evaluation in stored.evaluations)
    if stored.transactions != decided:
        yield f"{stored.transactions} transactions for {decided} evaluations"
    completed = Counter(evaluation.rescreens for evaluation in stored.evaluations if evaluation.rescreens)
    yield from (f"{first}: completed {count} times" for first, count in completed.items() if count > 1)


def _conflicting(told: Told, stored: Stored) -> Iterator[str]:
    """Answers to one external id that differ from each other, or from what is stored."""
    found = _by_external_id(stored)
    for external_id, answers in told.answers.items():
        if len({json.dumps(answer, sort_keys=True) for answer in answers}) > 1:
            yield f"{external_id}: answers differ"
        for evaluation in found.get(external_id, [])[:1]:
            if any(not _tells(answer, evaluation) for answer in answers):
                yield f"{external_id}: told something else than is stored"


def _tells(answer: dict[str, Any], evaluation: StoredEvaluation) -> bool:
    return (
        answer["decision"] == SHOWN_DECISIONS.get(evaluation.decision, evaluation.decision)
        and float(answer["riskScore"]) == evaluation.risk_score
        and answer.get("alertId") == evaluation.alert_id
    )


def _half_written(stored: Stored) -> Iterator[str]:
    """Evaluations without the rest of their transaction: key, audit entry, alert."""
    for evaluation in stored.evaluations:
        if evaluation.keys != (0 if evaluation.rescreens else 1):
            yield f"{evaluation.id}: {evaluation.keys} idempotency keys"
        if evaluation.audit_entries != 1:
            yield f"{evaluation.id}: {evaluation.audit_entries} audit entries"
        if evaluation.alert_id and evaluation.alert_id not in stored.alerts:
            yield f"{evaluation.id}: no alert {evaluation.alert_id}"
        if evaluation.alert_id != evaluation.linked_to:
            yield f"{evaluation.id}: linked to {evaluation.linked_to} instead of {evaluation.alert_id}"


def _expected(evaluation: StoredEvaluation, stored: Stored) -> Counter[str]:
    """What must be told of an evaluation; of its case exactly one of two, written here as `case`."""
    names = []
    if evaluation.alert_id:
        is_first = stored.alerts.get(evaluation.alert_id) == evaluation.id
        names.append("alert.created" if is_first else "alert.triggered")
        names += ["alert.escalated"] if evaluation.decision in {"escalate", "block"} else []
    names += ["case"] if evaluation.case_id else []
    names += ["sar.drafted"] if evaluation.drafts_sar else []
    if evaluation.rescreens:
        names.append("evaluation.rescreened")
    elif evaluation.is_partial:
        names.append("evaluation.partial")
    return Counter(names)


def _told_of(stored: Stored) -> dict[str, Counter[str]]:
    """By evaluation, the events that name it."""
    alerted = [one for one in stored.evaluations if one.alert_id]
    named = {(one.alert_id, one.transaction_id): one.id for one in alerted}
    named |= {(one.alert_id, one.external_id): one.id for one in alerted}
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for event in stored.events:
        for evaluation_id in _named_by(event, named):
            found[evaluation_id]["case" if event.event in OF_CASES else event.event] += 1
    return found


def _named_by(event: StoredEvent, named: dict[tuple[str | None, str], str]) -> Iterator[str]:
    """`named`: evaluations by their alert and transaction (events of alerts) or external id (events of cases)."""
    payload = event.payload
    pairs: list[tuple[str, str]] = []
    if event.event in OF_ALERTS:
        pairs = [(payload["alertId"], payload["transactionId"])]
    elif event.event in OF_CASES:
        pairs = [(alert, one) for alert in payload["alertIds"] for one in payload["externalIds"]]
    yield from (named[pair] for pair in pairs if pair in named)
    if event.event in OF_EVALUATIONS:
        yield event.payload["evaluationId"]


def _without_events(stored: Stored) -> Iterator[str]:
    found = _told_of(stored)
    for evaluation in stored.evaluations:
        expected, told = _expected(evaluation, stored), found.get(evaluation.id, Counter())
        if told != expected:
            yield f"{evaluation.id}: {dict(told)} instead of {dict(expected)}"


def _without_evaluation(stored: Stored) -> Iterator[str]:
    evaluations = {evaluation.id for evaluation in stored.evaluations}
    for event in stored.events:
        payload = event.payload
        alerts = [payload["alertId"]] if "alertId" in payload else payload.get("alertIds", [])
        if any(stored.alerts.get(alert) not in evaluations for alert in alerts if alert is not None):
            yield f"{event.id}: {event.event} of an alert that is not there"
        if "evaluationId" in payload and payload["evaluationId"] not in evaluations:
            yield f"{event.id}: {event.event} of an evaluation that is not there"


def _undelivered(stored: Stored, seen: Seen) -> Iterator[str]:
    accepted = {receipt.event_id for receipt in seen.receipts if receipt.status in ACCEPTED}
    known_dead = set(stored.dead_letters)
    for event in stored.events:
        if event.id not in accepted and event.id not in known_dead:
            yield f"{event.id}: {event.event}"


def _unknown(stored: Stored, seen: Seen) -> Iterator[str]:
    ours = {event.id for event in stored.events}
    yield from sorted({receipt.event_id for receipt in seen.receipts} - ours)


def _changed(seen: Seen) -> Iterator[str]:
    digests: dict[str, set[str]] = defaultdict(set)
    for receipt in seen.receipts:
        digests[receipt.event_id].add(receipt.digest)
    yield from (event_id for event_id, found in digests.items() if len(found) > 1)


def _unsigned(seen: Seen) -> Iterator[str]:
    yield from (receipt.event_id for receipt in seen.receipts if not receipt.is_signed)


def _redelivered(seen: Seen) -> Iterator[str]:
    accepted = len({receipt.event_id for receipt in seen.receipts if receipt.status in ACCEPTED})
    again = redelivered(seen)
    if again > MOST_REDELIVERED_SHARE * max(accepted, 1):
        yield f"{again} of {accepted} events"
