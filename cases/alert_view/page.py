"""An alert's page as one value: everything that it shows, made of what was read. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from cases.alert_view.gauges import Gauge, gauges_of, limit_of
from cases.alert_view.layers import WORDS
from cases.alert_view.money import Chart, Payment, chart_of, payments_of
from cases.alert_view.read import AlertFile, Context
from cases.alert_view.wording import (
    Hidden,
    Why,
    is_hidden,
    sentence_of,
    why_by_hand,
    why_of_evaluation,
    why_of_screening,
    without_points,
)
from ratel.identifiers import show
from screening.layers.result import Hit
from screening.rules.explain import Compared

MOST_QUIET: Final = 300
_COULD_NOT_TELL: Final = {
    "G": "nothing to group its window by was sent",
    "I": "a value that it reads was not sent",
    "F": "it failed",
}
_TOPICS: Final = {
    "manual": "Raised by hand",
    "screening_match": "Screened name",
    "retroactive": "Decided again",
}
_LAYERS: Final = {"regulatory": "regulatory, fixed", "custom_rules": "team rule"}


@dataclass(frozen=True)
class ShownHit:
    """A rule that fired, with the values that it saw."""

    rule_id: str
    code: str
    version: int
    layer: str
    severity: str
    points: int
    sentence: str
    gauges: tuple[Gauge, ...]
    words: tuple[str, ...]


@dataclass(frozen=True)
class QuietRules:
    """The rules that did not fire, and those that could not tell, each with why."""

    silent: tuple[str, ...]
    not_applicable: tuple[str, ...]
    unsure: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Similar:
    """What alerts about the same thing became in the last 90 days."""

    about: str
    counted: int
    true: int
    false: int
    minutes: float | None

    @property
    def true_share(self) -> int:
        known = self.true + self.false
        return round(100 * self.true / known) if known else 0


@dataclass(frozen=True)
class Earlier:
    """Another alert of the same customer."""

    id: str
    at: datetime
    about: str
    status: str
    disposition: str


def why_of(file: AlertFile, hidden: Hidden) -> Why:
    if file.evaluation is not None:
        return why_of_evaluation(file.evaluation, file.row.trigger, hidden)
    if file.judged is not None:
        return why_of_screening(file.judged, file.customer_name)
    return why_by_hand(file.reason)


def hits_of(file: AlertFile, hidden: Hidden) -> list[ShownHit]:
    hits = file.evaluation.hits if file.evaluation else []
    return [_hit(hit, hidden) for hit in hits]


def reasons_of(file: AlertFile) -> list[tuple[str, Any, str]]:
    """What layers that are no rules found: the layer in words, its score and its reason."""
    layers = file.evaluation.layers if file.evaluation else ()
    return [
        (WORDS[layer.name], layer.score, without_points(reason))
        for layer in layers
        if layer.name not in _LAYERS and layer.score
        for reason in layer.reasons
    ]


def quiet_of(file: AlertFile, context: Context) -> QuietRules:
    states = file.evaluation.rule_states if file.evaluation else ""
    hidden = context.hidden or frozenset()
    named = [
        (rule[0] or "a removed rule", letter)
        for rule, letter in zip(context.rules, states, strict=False)
        if rule[3] not in hidden
    ]
    return QuietRules(
        silent=tuple(code for code, letter in named if letter == "N")[:MOST_QUIET],
        not_applicable=tuple(code for code, letter in named if letter == "A")[:MOST_QUIET],
        unsure=tuple((code, _COULD_NOT_TELL[letter]) for code, letter in named if letter in _COULD_NOT_TELL)[
            :MOST_QUIET
        ],
    )


def similar_of(file: AlertFile, context: Context) -> Similar:
    counts = context.similar
    return Similar(
        about=_about(file, context.hidden),
        counted=counts.get("counted", 0),
        true=counts.get("true", 0),
        false=counts.get("false", 0),
        minutes=counts.get("minutes"),
    )


def chart(file: AlertFile, days: Sequence[Mapping[str, Any]], currency: str) -> Chart:
    compared = [one for hit in (file.evaluation.hits if file.evaluation else ()) for one in hit.compared]
    return chart_of(days, file.at, file.row.direction, limit_of(compared, currency))


def payments(rows: Sequence[tuple[Any, ...]]) -> list[Payment]:
    return payments_of(rows)


def earlier_of(context: Context) -> list[Earlier]:
    return [
        Earlier(
            id=show("alt", UUID(one["id"])),
            at=datetime.fromisoformat(one["created_at"]),
            about=_topic(one["key"], one["trigger"], _rule_of(one, context.hidden), ""),
            status=one["status"],
            disposition=one["disposition"],
        )
        for one in context.earlier
    ]


def _rule_of(one: Mapping[str, Any], hidden: Hidden) -> str:
    rule_id = str(one["key"]).removeprefix("rule:")
    return "" if hidden is not None and rule_id in hidden else str(one["rule"] or "")


def _about(file: AlertFile, hidden: Hidden) -> str:
    """What alerts of the same kind have in common."""
    hits = file.evaluation.hits if file.evaluation else []
    own = next((hit for hit in hits if file.row.key == f"rule:{hit.rule_id}"), None)
    rule = "" if own is None or is_hidden(own, hidden) else own.rule_code
    _, _, entry = file.row.key.partition("entry:")
    return _topic(file.row.key, file.row.trigger, rule, entry)


def _topic(key: str, trigger: str, rule: str, entry: str) -> str:
    kind, _, subject = key.partition(":")
    if kind == "rule":
        return rule or "A rule that is not shown"
    if kind == "layer":
        return f"{WORDS.get(subject, subject)} layer"
    if kind == "entry":
        return f"Name match {entry}".strip()
    return _TOPICS.get(trigger, "Alert")


def _compared(one: Compared) -> str:
    if one.operator == "is" and one.seen == one.threshold:
        return f"{one.subject}: {one.seen}"
    return f"{one.subject} {one.seen}, asks for {one.operator.removeprefix('is ')} {one.threshold}"


def _hit(hit: Hit, hidden: Hidden) -> ShownHit:
    is_silent = is_hidden(hit, hidden)
    gauges = () if is_silent else gauges_of(hit.compared)
    drawn = {gauge.subject for gauge in gauges}
    words = [_compared(one) for one in hit.compared if one.subject not in drawn]
    return ShownHit(
        rule_id=show("rul", UUID(hit.rule_id)),
        code="" if is_silent else hit.rule_code,
        version=hit.rule_version,
        layer=_LAYERS.get(hit.layer, hit.layer),
        severity=hit.severity,
        points=hit.points,
        sentence=sentence_of(hit, hidden),
        gauges=gauges,
        words=() if is_silent else tuple(words),
    )
