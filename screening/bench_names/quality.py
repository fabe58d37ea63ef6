"""How many innocents alert, and how many listed names are found after an edit: asked of one index."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from screening.bench_names.edits import EDITS, sample
from screening.bench_names.figures import share
from screening.names.entity import ListedEntity, NameMatch, NameQuery
from screening.names.index import NameIndex
from screening.names.thresholds import THRESHOLDS

SEED = "edited names"
SANCTIONS = THRESHOLDS["sanctions"].score
ALERT_SCORES = (80.0, 85.0, 90.0, 95.0)


@dataclass(frozen=True, slots=True)
class Edited:
    """A listed entity and a name that somebody may have typed for it."""

    edit: str
    entry_id: str
    entity_type: str
    name: str


def edited_names(entities: Sequence[ListedEntity], size: int) -> list[Edited]:
    """So many edited names of each kind, the same in every run."""
    return [
        Edited(label, entity.entry_id, entity.entity_type, " ".join(tokens))
        for label, (edit, _) in EDITS.items()
        for entity, tokens in sample(entities, edit, size, SEED)
    ]


def alert_shares(index: NameIndex, names: Sequence[str]) -> dict[float, float]:
    """Threshold -> the share of the names that a sanctions entry matches at it, by name alone."""
    best = [_best_sanction(index.search(NameQuery(name)).matches) for name in names]
    return {score: share(sum(each >= score for each in best), len(names)) for score in ALERT_SCORES}


def _best_sanction(matches: Iterable[NameMatch]) -> float:
    scores = (match.score for match in matches if match.kind == "sanctions" and match.quality != "weak")
    return max(scores, default=0.0)


def recall(index: NameIndex, edited: Sequence[Edited]) -> dict[str, float]:
    """Kind of edit -> the share of listed entities that are found at the sanctions threshold."""
    asked: dict[str, int] = {}
    found: dict[str, int] = {}
    for each in edited:
        matches = index.search(NameQuery(each.name)).matches
        hit = any(match.entry_id == each.entry_id and match.score >= SANCTIONS for match in matches)
        asked[each.edit] = asked.get(each.edit, 0) + 1
        found[each.edit] = found.get(each.edit, 0) + hit
    return {edit: share(found[edit], count) for edit, count in asked.items()}
