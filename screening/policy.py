"""A team's decision policy: how scores are aggregated and from where they mean review, escalate, block or a report.

One frozen value per version; `parse_policy` is the only way to make one and names every problem with its path.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from screening.rules.problems import Problem, RuleProblems

LAYER_NAMES: Final = ("regulatory", "kyc", "custom_rules", "sanctions", "decision_engine", "behavioral")
AGGREGATIONS: Final = ("sum", "weighted_floor")
LIST_KINDS: Final = ("sanctions", "pep", "internal", "adverse_media")
FOUR_EYES: Final = ("policy", "rules", "resolutions", "reports")
HIGHEST_THRESHOLD: Final = 1000
LONGEST_JOINING_HOURS: Final = 720


@dataclass(frozen=True)
class Bands:
    """From which score an outcome begins: 30 review, 60 escalate, 80 block by default."""

    review: Decimal
    escalate: Decimal
    block: Decimal


@dataclass(frozen=True)
class Policy:
    aggregation: str
    review_score: int
    escalate_score: int
    sar_score: int
    bands: Bands
    weights: Mapping[str, Decimal]
    fail_closed: frozenset[str]
    thresholds: Mapping[str, Decimal]
    four_eyes: Mapping[str, bool]
    # A repeated alert about the same customer and rule joins one that is open and not older; 0 joins none.
    join_alerts_hours: int = 24
    version: int = 0


DEFAULTS: Final[Mapping[str, Any]] = {
    "aggregation": "sum",
    "txReviewScore": 40,
    "txEscalateScore": 70,
    "txSarScore": 90,
    "bands": {"review": 30, "escalate": 60, "block": 80},
    "weights": {
        "regulatory": 1.5,
        "kyc": 1.3,
        "custom_rules": 1.2,
        "sanctions": 1.0,
        "decision_engine": 1.0,
        "behavioral": 0.8,
    },
    "failClosed": [],
    "thresholds": {"sanctions": 85, "pep": 95, "internal": 90, "adverse_media": 90},
    "fourEyes": {"policy": False, "rules": True, "resolutions": False, "reports": True},
    "joinAlertsHours": 24,
}


def merged(base: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """`base` with `change` over it; the objects (bands, weights, thresholds, fourEyes) are merged key by key.

    `fourEyes` may also be a list of what asks for a second person; everything else is then off.
    """
    document = {**DEFAULTS, **base}
    for key, value in change.items():
        if key == "fourEyes" and isinstance(value, list) and all(isinstance(item, str) for item in value):
            unknown = {item: True for item in value if item not in FOUR_EYES}
            document[key] = {**{name: name in value for name in FOUR_EYES}, **unknown}
        elif isinstance(value, Mapping) and isinstance(document.get(key), Mapping):
            document[key] = {**document[key], **value}
        else:
            document[key] = value
    return document


def parse_policy(document: Mapping[str, Any], *, version: int = 0) -> Policy:
    """The policy of a whole document (see DEFAULTS for its keys); raises RuleProblems with every problem."""
    problems: list[Problem] = [
        Problem(str(key), "is not a field of the decision policy") for key in document if key not in DEFAULTS
    ]
    if document.get("aggregation") not in AGGREGATIONS:
        problems.append(Problem("aggregation", f"must be one of {', '.join(AGGREGATIONS)}"))
    scores = [
        _score(document.get(key), key, problems) for key in ("txReviewScore", "txEscalateScore", "txSarScore")
    ]
    if not problems and not scores[0] <= scores[1] <= scores[2]:
        problems.append(
            Problem(
                "txEscalateScore", "thresholds must be ordered txReviewScore <= txEscalateScore <= txSarScore"
            )
        )
    bands = _numbers(document, "bands", ("review", "escalate", "block"), (0, 100), problems)
    if len(bands) == 3 and not bands["review"] <= bands["escalate"] <= bands["block"]:
        problems.append(Problem("bands", "must be ordered review <= escalate <= block"))
    weights = _numbers(document, "weights", LAYER_NAMES, (0, 100), problems)
    if len(weights) == len(LAYER_NAMES) and not any(weights.values()):
        problems.append(Problem("weights", "at least one must be above 0"))
    thresholds = _numbers(document, "thresholds", LIST_KINDS, (70, 100), problems)
    four_eyes = _flags(document.get("fourEyes"), problems)
    fail_closed = _layers(document.get("failClosed"), problems)
    join_alerts_hours = _hours(document.get("joinAlertsHours"), problems)
    if problems:
        raise RuleProblems(problems)
    return Policy(
        aggregation=document["aggregation"],
        review_score=scores[0],
        escalate_score=scores[1],
        sar_score=scores[2],
        bands=Bands(**bands),
        weights=weights,
        fail_closed=fail_closed,
        thresholds=thresholds,
        four_eyes=four_eyes,
        join_alerts_hours=join_alerts_hours,
        version=version,
    )


def policy_document(policy: Policy) -> dict[str, Any]:
    """The document that `parse_policy` reads back to an equal policy."""
    return {
        "aggregation": policy.aggregation,
        "txReviewScore": policy.review_score,
        "txEscalateScore": policy.escalate_score,
        "txSarScore": policy.sar_score,
        "bands": {name: _plain(getattr(policy.bands, name)) for name in ("review", "escalate", "block")},
        "weights": {name: _plain(weight) for name, weight in policy.weights.items()},
        "failClosed": [name for name in LAYER_NAMES if name in policy.fail_closed],
        "thresholds": {kind: _plain(score) for kind, score in policy.thresholds.items()},
        "fourEyes": dict(policy.four_eyes),
        "joinAlertsHours": policy.join_alerts_hours,
    }


def _plain(number: Decimal) -> int | float:
    return int(number) if number == number.to_integral_value() else float(number)


def _score(value: Any, path: str, problems: list[Problem]) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= HIGHEST_THRESHOLD:
        problems.append(Problem(path, f"must be a whole number from 0 to {HIGHEST_THRESHOLD}"))
        return 0
    return value


def _hours(value: Any, problems: list[Problem]) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= LONGEST_JOINING_HOURS:
        problems.append(
            Problem("joinAlertsHours", f"must be a whole number from 0 to {LONGEST_JOINING_HOURS}")
        )
        return 0
    return value


def _numbers(
    document: Mapping[str, Any],
    key: str,
    names: tuple[str, ...],
    limits: tuple[int, int],
    problems: list[Problem],
) -> dict[str, Decimal]:
    """The object under `key`: one number within `limits` for each of `names`, and no other."""
    value = _object(document.get(key), key, names, problems)
    lowest, highest = limits
    found: dict[str, Decimal] = {}
    for name in names if value is not None else ():
        number = _number(value[name]) if value and name in value else None
        if number is None or not lowest <= number <= highest:
            problems.append(Problem(f"{key}.{name}", f"must be a number from {lowest} to {highest}"))
        else:
            found[name] = number
    return found


def _number(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    exponent = number.as_tuple().exponent
    return number if isinstance(exponent, int) and exponent >= -4 else None


def _object(
    value: Any, key: str, names: tuple[str, ...], problems: list[Problem]
) -> Mapping[str, Any] | None:
    """The object, after naming every key that is not one of `names`; None where it is no object."""
    if not isinstance(value, Mapping):
        problems.append(Problem(key, "must be an object"))
        return None
    problems.extend(Problem(f"{key}.{name}", "is not known here") for name in value if name not in names)
    return value


def _flags(value: Any, problems: list[Problem]) -> dict[str, bool]:
    given = _object(value, "fourEyes", FOUR_EYES, problems)
    if given is None:
        return {}
    problems.extend(
        Problem(f"fourEyes.{name}", "must be true or false")
        for name in FOUR_EYES
        if not isinstance(given.get(name), bool)
    )
    return {name: given.get(name) is True for name in FOUR_EYES}


def _layers(value: Any, problems: list[Problem]) -> frozenset[str]:
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        problems.append(Problem("failClosed", "must be a list of layers"))
        return frozenset()
    problems.extend(
        Problem(f"failClosed[{position}]", "is not a layer")
        for position, name in enumerate(value)
        if name not in LAYER_NAMES
    )
    return frozenset(value)
