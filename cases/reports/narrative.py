"""The facts of a report as sentences. Each is put together from stored values only and carries the id of its source.

Nothing is concluded, rounded or added: what is not stored is not said. What it means is for the analyst to write.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final

from cases.reports.content import Fact
from cases.reports.fields import LONGEST_NARRATIVE
from cases.reports.stored import Decided, Raised, Screened, Stored
from ratel.identifiers import show
from ratel.templatetags.desk import money
from screening.layers.result import Hit
from screening.rules.explain import Compared

MOST_COMPARED: Final = 4
_IN_RULES: Final = frozenset({"regulatory", "custom_rules"})
_DIRECTIONS: Final = {"credit": "A credit", "debit": "A debit"}


def facts_of(stored: Stored) -> list[Fact]:
    """Who, when alerted, how much altogether, then each payment with what its rules saw, oldest first."""
    return [
        _customer(stored),
        *(_alert(alert) for alert in stored.alerts),
        *_totals(stored.decided),
        *(fact for decided in stored.decided for fact in _decided(decided)),
        *(_screened(screened) for screened in stored.screened),
    ]


def skeleton(facts: Sequence[Fact]) -> str:
    """The facts one after the other, as many as a report's text holds; the rest is counted."""
    lines: list[str] = []
    room = LONGEST_NARRATIVE - 100
    for position, fact in enumerate(facts):
        room -= len(fact.sentence) + 1
        if room < 0:
            lines.append(f"{len(facts) - position} further facts are on file with this report.")
            break
        lines.append(fact.sentence)
    return "\n".join(lines)


def _customer(stored: Stored) -> Fact:
    known = stored.customer
    words = [f"The report is about the customer {known.reference}"]
    if known.profile.name:
        words.append(f" ({known.profile.name})")
    if stored.since:
        words.append(f", a customer since {_day(stored.since)}")
    if known.entity_type:
        words.append(f", held as {known.entity_type}")
    return Fact("".join(words) + ".", show("cus", known.id))


def _alert(alert: Raised) -> Fact:
    identifier = show("alt", alert.id)
    return Fact(f"The alert {identifier} was raised on {_moment(alert.at)}.", identifier)


def _totals(decided: Sequence[Decided]) -> Iterator[Fact]:
    """Sums by direction and currency, over the payments of this report only."""
    if not decided:
        return
    sums: dict[tuple[str, str], tuple[int, Decimal]] = {}
    for one in decided:
        payment = one.transaction
        if payment.amount is not None and payment.direction in _DIRECTIONS:
            key = (payment.direction, payment.currency)
            count, total = sums.get(key, (0, Decimal(0)))
            sums[key] = (count + 1, total + payment.amount)
    parts = [
        f"{_counted(count, direction)} of {'together ' if count > 1 else ''}{money(total, currency)}"
        for (direction, currency), (count, total) in sorted(sums.items())
    ]
    first, last = decided[0], decided[-1]
    when = f"on {_moment(first.transaction.occurred_at)}"
    source = show("txn", first.transaction_id)
    if len(decided) > 1:
        when = f"from {_moment(first.transaction.occurred_at)} to {_moment(last.transaction.occurred_at)}"
        source += f" to {show('txn', last.transaction_id)}"
    text = f"It covers {_counted(len(decided), 'transaction')} {when}"
    yield Fact(f"{text}: {', '.join(parts)}." if parts else f"{text}.", source)


def _decided(one: Decided) -> Iterator[Fact]:
    source = show("evl", one.evaluation.id)
    payment = one.transaction
    words = [
        _DIRECTIONS.get(payment.direction or "", "A payment"),
        f" of {money(payment.amount, payment.currency)}",
    ]
    if payment.is_cash:
        words.append(" in cash")
    elif payment.channel:
        words.append(f" by {payment.channel.replace('_', ' ')}")
    words.append(f" on {_moment(payment.occurred_at)}")
    words.append(_other_side(one))
    evaluation = one.evaluation
    words.append(f" was decided {evaluation.decision} with a risk score of {_plain(evaluation.risk_score)}.")
    yield Fact("".join(words), source)
    for hit in evaluation.hits:
        yield Fact(_hit(hit), source)
    for layer in evaluation.layers:
        if layer.name not in _IN_RULES:
            yield from (Fact(_ended(reason), source) for reason in layer.reasons)


def _other_side(one: Decided) -> str:
    other = one.transaction.counterparty
    if not (other.name or other.account):
        return ""
    place = f" in {other.country}" if other.country else ""
    named = other.name or f"the account {other.account}"
    account = f" (account {other.account})" if other.name and other.account else ""
    preposition = "from" if one.transaction.direction == "credit" else "to"
    return f" {preposition} {named}{account}{place}"


def _hit(hit: Hit) -> str:
    seen = "; ".join(_compared(hit.compared[:MOST_COMPARED]))
    return f"Rule {hit.rule_code}: {_ended(hit.line)}" + (f" Seen: {seen}." if seen else "")


def _compared(compared: Iterable[Compared]) -> Iterator[str]:
    for one in compared:
        yield f"{one.subject} {one.operator} {one.threshold}, was {one.seen}"


def _screened(one: Screened) -> Fact:
    source = show("scr", one.id)
    found = [
        f"{entry.listed_name} on {entry.list_code} ({entry.reference}), {entry.score:.0f} of 100"
        for entry in one.judged.matches[:3]
    ]
    text = (
        f"A name screening on {_moment(one.at)} found {_counted(len(one.judged.matches), 'match', 'matches')}"
    )
    return Fact(f"{text}: {'; '.join(found)}." if found else f"{text}.", source)


def _counted(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"


def _ended(sentence: str) -> str:
    return sentence if sentence.endswith((".", "!", "?")) else f"{sentence}."


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"


def _moment(moment: datetime) -> str:
    return f"{moment.day} {moment:%b %Y, %H:%M} UTC"


def _day(day: datetime) -> str:
    return f"{day.day} {day:%b %Y}"
