"""The same names asked of other people's scorers, against every name of the same lists, in the same run.

Names are transliterated and case-folded as ours, since the others expect that of their callers. What a scorer would
cost in a request is not measured: all of them compare with the whole list.
"""

import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from jellyfish import jaro_winkler_similarity
from rapidfuzz.distance import JaroWinkler
from rapidfuzz.fuzz import WRatio
from rapidfuzz.process import cdist
from tqdm import tqdm

from screening.bench_names.figures import share
from screening.bench_names.quality import SANCTIONS, Edited
from screening.names.entity import ListedEntity, NameQuery
from screening.names.index import NameIndex
from screening.names.normalise import normalise

OURS: Final = "ratel"
JARO_WINKLER: Final = "jellyfish Jaro-Winkler, sorted words"
WEIGHTED_RATIO: Final = "rapidfuzz WRatio"
LOGIC: Final = "nomenklatura logic-v2"
SCORES: Final = {
    OURS: (SANCTIONS / 100,),
    JARO_WINKLER: (0.85, 0.90, 0.95),
    WEIGHTED_RATIO: (0.85, 0.90, 0.95),
    LOGIC: (0.70,),
}
CANDIDATES_OF_EACH: Final = 15
CHUNK: Final = 50
_LOWEST_ASKED: Final = 40.0
_NEARLY: Final = 0.02

Scores = npt.NDArray[np.float32]


class Compared:
    """For each scorer and each name asked: the listed entities' best scores."""

    def __init__(self, index: NameIndex, entities: Sequence[ListedEntity], names: Sequence[str]) -> None:
        self.names = names
        self._entities = entities
        self._position = {entity.entry_id: place for place, entity in enumerate(entities)}
        pairs = [
            (place, normalise(name.text)) for place, entity in enumerate(entities) for name in entity.names
        ]
        self._owner = np.array([place for place, tokens in pairs if tokens], dtype=np.int64)
        self._plain = [" ".join(tokens) for _, tokens in pairs if tokens]
        self._sorted = [" ".join(sorted(tokens)) for _, tokens in pairs if tokens]
        self.found: dict[str, list[dict[str, float]]] = {OURS: [self._ours(index, name) for name in names]}

    @staticmethod
    def _ours(index: NameIndex, name: str) -> dict[str, float]:
        matches = index.search(NameQuery(name), minimum_score=_LOWEST_ASKED).matches
        return {match.entry_id: match.score / 100 for match in matches}

    def run(self) -> None:
        self.found |= {JARO_WINKLER: [], WEIGHTED_RATIO: []}
        asked = [normalise(name) for name in self.names]
        for begin in tqdm(range(0, len(asked), CHUNK), desc="Other scorers", unit="chunks"):
            part = asked[begin : begin + CHUNK]
            ordered = [" ".join(sorted(tokens)) for tokens in part]
            plain = [" ".join(tokens) for tokens in part]
            near = cdist(ordered, self._sorted, scorer=JaroWinkler.normalized_similarity, dtype=np.float32)
            for place, row in enumerate(near):
                self._confirm(ordered[place], row)
                self.found[JARO_WINKLER].append(self._best(row))
            ratios = cdist(plain, self._plain, scorer=WRatio, dtype=np.float32)
            self.found[WEIGHTED_RATIO] += [self._best(row / 100) for row in ratios]

    def _confirm(self, name: str, row: Scores) -> None:
        """Jellyfish itself scores whatever could count; rapidfuzz only finds that faster."""
        least = min(SCORES[JARO_WINKLER]) - _NEARLY
        for at in (row >= least).nonzero()[0].tolist():
            row[at] = jaro_winkler_similarity(name, self._sorted[at])

    def _best(self, row: Scores) -> dict[str, float]:
        """The most alike entities, and every one that could count."""
        best = np.zeros(len(self._entities), dtype=np.float32)
        np.maximum.at(best, self._owner, row)
        most = np.argpartition(-best, CANDIDATES_OF_EACH)[:CANDIDATES_OF_EACH]
        kept = np.union1d(most, (best >= 0.85).nonzero()[0])
        return {self._entities[place].entry_id: float(best[place]) for place in kept.tolist()}

    def run_logic(self, python: Path, types: Sequence[str]) -> None:
        """Have another interpreter score the candidates that any of the others found, as that library is used."""
        asked = []
        for place, name in enumerate(self.names):
            ids: dict[str, None] = {}
            for rows in self.found.values():
                ids |= dict.fromkeys(
                    sorted(rows[place], key=lambda entry: -rows[place][entry])[:CANDIDATES_OF_EACH]
                )
            entities = [self._entities[self._position[entry]] for entry in ids]
            asked.append(
                {"name": name, "type": types[place], "candidates": [_shown(each) for each in entities]}
            )
        script = Path(__file__).with_name("logic.py")
        answer = subprocess.run(
            [str(python), str(script)], input=json.dumps(asked), check=True, capture_output=True, text=True
        )
        self.found[LOGIC] = json.loads(answer.stdout)


def _shown(entity: ListedEntity) -> dict[str, Any]:
    names = [name.text for name in entity.names]
    return {"id": entity.entry_id, "type": entity.entity_type, "names": names}


def table(compared: Compared, innocents: int, edited: Sequence[Edited]) -> list[dict[str, Any]]:
    """A row for each scorer and threshold: the share of innocents that alert, and of edited names found."""
    return [
        {
            "scorer": scorer,
            "from": score,
            "alerts": share(sum(_hits(row, score) for row in rows[:innocents]), innocents),
            "found": _found(rows[innocents:], edited, score),
        }
        for scorer, rows in compared.found.items()
        for score in SCORES[scorer]
    ]


def _hits(row: Mapping[str, float], score: float) -> bool:
    return any(each >= score for each in row.values())


def _found(rows: Sequence[Mapping[str, float]], edited: Sequence[Edited], score: float) -> dict[str, float]:
    counts: dict[str, list[bool]] = {}
    for row, each in zip(rows, edited, strict=True):
        counts.setdefault(each.edit, []).append(row.get(each.entry_id, 0.0) >= score)
    return {edit: share(sum(hits), len(hits)) for edit, hits in counts.items()}
