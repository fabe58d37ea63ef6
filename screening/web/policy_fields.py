"""The fields of the decision policy as controls of a form: sliders, numbers, boxes, filled in. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from screening.policy import AGGREGATIONS, FOUR_EYES, HIGHEST_THRESHOLD, LAYER_NAMES, LIST_KINDS
from screening.web.policy_draft import Draft
from screening.web.policy_words import AGGREGATION_WORDS, LABELS, LAYER_WORDS

# How far a slider goes; the number beside it goes on to the highest that may be.
SLIDER_ENDS: Final = 150
_SCORES: Final = (
    ("txReviewScore", "Review"),
    ("txEscalateScore", "Escalate"),
    ("txSarScore", "Report draft"),
)
_BANDS: Final = ("review", "escalate", "block")


@dataclass(frozen=True)
class Number:
    """A number, as a slider with a field beside it or as the field alone."""

    name: str
    label: str
    value: Any
    least: int
    most: int
    slider_most: int
    step: str


@dataclass(frozen=True)
class Box:
    name: str
    value: str
    label: str
    is_on: bool


@dataclass(frozen=True)
class Controls:
    """`scores` are sliders of a sum, `bands` those of a weighted average; the report's belongs to both."""

    aggregations: tuple[Box, ...]
    is_sum: bool
    scores: tuple[Number, ...]
    bands: tuple[Number, ...]
    sar: Number
    weights: tuple[Number, ...]
    thresholds: tuple[Number, ...]
    join_hours: Number
    fail_closed: tuple[Box, ...]
    four_eyes: tuple[Box, ...]

    @property
    def fail_closed_words(self) -> str:
        ticked = ", ".join(LAYER_WORDS[box.value] for box in self.fail_closed if box.is_on)
        return f"reviewed: {ticked}" if ticked else "goes on, screened again"

    @property
    def four_eyes_words(self) -> str:
        return ", ".join(box.value for box in self.four_eyes if box.is_on) or "nothing"


def controls_of(live: Mapping[str, Any], draft: Draft) -> Controls:
    """What was typed stays in its field, also where it is not (yet) a policy."""
    fields, given = draft.fields, draft.given

    def number(name: str, label: str, value: Any, limits: tuple[int, int], step: str = "1") -> Number:
        text = given.get(name, value)
        return Number(name, label, text, *limits, min(limits[1], max(SLIDER_ENDS, _size(text))), step)

    sums = [number(name, label, fields[name], (0, HIGHEST_THRESHOLD)) for name, label in _SCORES]
    return Controls(
        aggregations=tuple(
            [
                Box("aggregation", one, _upper(AGGREGATION_WORDS[one]), fields["aggregation"] == one)
                for one in AGGREGATIONS
            ]
        ),
        is_sum=fields["aggregation"] == "sum",
        scores=tuple(sums[:2]),
        bands=tuple(
            [
                number(f"bands.{name}", name.capitalize(), fields["bands"][name], (0, 100), "any")
                for name in _BANDS
            ]
        ),
        sar=sums[2],
        weights=tuple(
            [
                number(
                    f"weights.{name}",
                    _upper(LAYER_WORDS[name]),
                    fields["weights"][name],
                    (0, 100),
                    "any",
                )
                for name in LAYER_NAMES
            ]
        ),
        thresholds=tuple(
            [
                number(
                    f"thresholds.{kind}",
                    LABELS[f"thresholds.{kind}"].removesuffix(" from"),
                    fields["thresholds"][kind],
                    (70, 100),
                    "any",
                )
                for kind in LIST_KINDS
            ]
        ),
        join_hours=number("joinAlertsHours", "Hours", fields["joinAlertsHours"], (0, 720)),
        fail_closed=tuple(
            [
                Box("failClosed", name, _upper(LAYER_WORDS[name]), name in fields["failClosed"])
                for name in LAYER_NAMES
            ]
        ),
        four_eyes=tuple(
            [Box("fourEyes", name, name.capitalize(), fields["fourEyes"][name]) for name in FOUR_EYES]
        ),
    )


def _upper(words: str) -> str:
    """With a large first letter; `KYC` stays what it is."""
    return words[:1].upper() + words[1:]


def _size(text: Any) -> int:
    try:
        return int(float(text))
    except (ValueError, OverflowError):
        return 0
