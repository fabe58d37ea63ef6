"""`python -m screening.bench_names`: makes the corpus, builds, measures, prints; numbers go to `var/bench-names/`.

The exit code says whether the measurement could be made, not whether it was good enough.
"""

import argparse
import json
import os
import random
import shutil
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from ratel.launcher.progress import complain, say, step
from screening.bench_names import report, rivals, speed
from screening.bench_names.corpus import corpus_file, innocent_names, listed_entities, world_names
from screening.bench_names.hostile import HOSTILE
from screening.bench_names.quality import Edited, alert_shares, edited_names, recall
from screening.names.entity import ListedEntity, NameQuery
from screening.names.index import NameIndex, build_index

PROJECT: Final = Path(__file__).resolve().parent.parent.parent
RESULTS: Final = PROJECT / "var" / "bench-names"


@dataclass(frozen=True, slots=True)
class Options:
    entities: int
    innocents: int
    edits: int
    rivals: int
    nomenklatura: Path | None


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of every index: innocents, and listed names after an edit."""

    listed: Sequence[ListedEntity]
    innocents: Sequence[str]
    world: Sequence[str]
    edited: Sequence[Edited]

    def mixed(self) -> list[str]:
        """All names in random order, each once."""
        names = list(dict.fromkeys([*self.innocents, *(each.name for each in self.edited)]))
        random.Random(len(names)).shuffle(names)  # noqa: S311 - a reproducible order, nothing secret
        return names


def main() -> int:
    options = _options()
    folder = Path(os.environ.get("RATEL_DATA", ""))
    if "RATEL_DATA" not in os.environ or not (folder / "watchlists").is_dir():
        complain(
            "RATEL_DATA must name a folder with the public lists in watchlists/ and persons' names in names/."
        )
        return 1
    found = measure(options, folder)
    say("\n" + "\n".join(report.lines(found)) + "\n")
    path = RESULTS / f"{datetime.now(UTC):%Y%m%dT%H%M%S}.json"
    path.write_text(json.dumps(found, indent=2))
    say(f"Written to {path}")
    return 0


def measure(options: Options, folder: Path) -> dict[str, Any]:
    listed = listed_entities(folder)
    corpus = corpus_file(RESULTS, folder, options.entities, options.innocents)
    asked = Asked(
        listed=listed,
        innocents=innocent_names(folder, options.innocents),
        world=world_names(RESULTS, options.innocents),
        edited=edited_names(listed, options.edits),
    )
    work = RESULTS / "work"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    try:
        return _measured(options, asked, corpus, work)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _measured(options: Options, asked: Asked, corpus: Path, work: Path) -> dict[str, Any]:
    directories = {"sanctions lists": work / "lists", "everything": work / "everything"}
    with step(f"Building {options.entities:,} entities"):
        built = speed.build(corpus, directories["everything"])
    build_index(asked.listed, directories["sanctions lists"], generation="lists")
    found: dict[str, Any] = {"load": os.getloadavg(), "build": built, "speed": {}, "quality": {}}
    names = {"mixed": asked.mixed()}
    for label, directory in directories.items():
        with step(f"Searching {label}"):
            found["speed"][label] = speed.one_process(directory, work, names)
    with step("Two processes, a swap, four processes"):
        found["names_a_second"] = speed.two_processes(directories["everything"], work, names["mixed"])
        found["swap"] = speed.swapped(directories["everything"], work, names["mixed"])
        found["memory"] = speed.four_processes(directories["everything"], work, names["mixed"])
    indexes = {label: NameIndex.open(directory) for label, directory in directories.items()}
    for label, index in indexes.items():
        with step(f"Innocents and edited names, {label}"):
            found["quality"][label] = {
                "alerts": alert_shares(index, asked.innocents),
                "world": alert_shares(index, asked.world),
                "recall": recall(index, asked.edited),
            }
    found["hostile"] = _hostile(indexes["everything"])
    found["rivals"] = _side_by_side(options, asked, indexes["sanctions lists"]) if options.rivals else []
    return found


def _hostile(index: NameIndex) -> dict[str, Any]:
    """The longest time of this thread's processor and the most matches; nothing of these names was asked before."""
    times: dict[str, float] = {}
    most = 0
    for label, name in HOSTILE.items():
        started = time.thread_time()
        matches = index.search(NameQuery(name)).matches
        times[label] = 1000 * (time.thread_time() - started)
        most = max(most, len(matches))
    slowest = max(times, key=lambda label: times[label])
    return {"longest_ms": times[slowest], "slowest": slowest, "most_matches": most}


def _side_by_side(options: Options, asked: Asked, index: NameIndex) -> list[dict[str, Any]]:
    innocents = list(asked.innocents)
    random.Random(1).shuffle(innocents)  # noqa: S311 - a reproducible choice, nothing secret
    innocents = innocents[: options.rivals]
    edited = edited_names(asked.listed, max(options.rivals // 10, 1))
    compared = rivals.Compared(index, asked.listed, [*innocents, *(each.name for each in edited)])
    compared.run()
    if options.nomenklatura is not None:
        types = ["person"] * len(innocents) + [each.entity_type for each in edited]
        with step("nomenklatura"):
            compared.run_logic(options.nomenklatura, types)
    else:
        say(
            "nomenklatura is not compared: --nomenklatura names a Python that has it (it needs ICU's headers)."
        )
    return rivals.table(compared, len(innocents), edited)


def _options() -> Options:
    parser = argparse.ArgumentParser(prog="make bench-names ARGS=...", description=__doc__)
    parser.add_argument("--entities", type=int, default=1_800_000)
    parser.add_argument("--innocents", type=int, default=3_000)
    parser.add_argument("--edits", type=int, default=1_000, help="edited names of each kind")
    parser.add_argument(
        "--rivals", type=int, default=1_000, help="innocents asked of other scorers, too (0: none)"
    )
    parser.add_argument("--nomenklatura", type=Path, help="a Python interpreter that has nomenklatura")
    return Options(**vars(parser.parse_args()))


if __name__ == "__main__":
    sys.exit(main())
