"""The measurement measures what it says: the corpus is the same in every run and innocents are not in it."""

import gzip
import json
import random
import subprocess
import sys
from itertools import islice
from pathlib import Path

import pytest

from screening.bench_names import report, speed
from screening.bench_names.corpus import corpus_file, innocent_names, read_corpus
from screening.bench_names.drawn import Draw
from screening.bench_names.edits import EDITS
from screening.bench_names.figures import percentiles

PEOPLE = [f"Given{number}_Family{number % 40}" for number in range(200)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "names").mkdir()
    for language in ("de", "fr"):
        with gzip.open(tmp_path / "names" / f"people_{language}.txt.gz", "wt", encoding="utf-8") as file:
            file.write("\n".join(f"{name}_{language}_(painter)" for name in PEOPLE))
    return tmp_path


@pytest.fixture
def lists_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("screening.bench_names.corpus.LISTS", {})


def ranked(count: int) -> dict[str, dict[str, dict[str, int]]]:
    return {f"Name{number}": {"rank": {"NG": number + 1}} for number in range(count)}


def test_what_is_drawn_is_the_same_in_every_run() -> None:
    given, family = ranked(1_200), ranked(1_500)
    once, again = (list(islice(Draw("seed", given, family).entities(), 200)) for _ in range(2))
    assert once == again
    assert once != list(islice(Draw("another seed", given, family).entities(), 200))
    assert {entity.entity_type for entity in once} >= {"person", "company"}
    assert all(entity.kind == "pep" for entity in once)


def test_common_names_are_drawn_more_often() -> None:
    drawn = islice(Draw("seed", ranked(1_200), ranked(1_500)).entities(), 3_000)
    family = [entity.names[0].text.split()[-1] for entity in drawn if entity.entity_type == "person"]
    numbers = [int(name.removeprefix("Name")) for name in family]
    assert sum(number < 100 for number in numbers) > 3 * sum(number >= 1_400 for number in numbers)


@pytest.mark.usefixtures("lists_are_left_out")
def test_an_innocent_name_is_not_in_the_corpus(folder: Path, tmp_path: Path) -> None:
    innocents = innocent_names(folder, 20)
    assert len(set(innocents)) == 20
    corpus = list(read_corpus(corpus_file(tmp_path / "work", folder, 100, 20)))
    assert len(corpus) == 100
    assert not {entity.primary_name for entity in corpus} & set(innocents)


@pytest.mark.usefixtures("lists_are_left_out")
def test_a_corpus_is_made_once(folder: Path, tmp_path: Path) -> None:
    path = corpus_file(tmp_path / "work", folder, 50, 10)
    made = path.stat().st_mtime_ns
    assert corpus_file(tmp_path / "work", folder, 50, 10) == path
    assert path.stat().st_mtime_ns == made


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_changes_a_name_and_keeps_most_of_it(edit: str) -> None:
    chance = random.Random(2)
    tokens = ["viktor", "aleksandrovich", "kuznetsov"]
    change = EDITS[edit][0]
    results = [change(list(tokens), chance) for _ in range(30)]
    assert any(result and result != tokens for result in results)
    letters = "".join(tokens)
    for result in filter(None, results):
        assert abs(len("".join(result)) - len(letters)) <= 14


def test_percentiles_are_of_the_values_themselves() -> None:
    values = [float(value) for value in range(100, 0, -1)]
    assert percentiles(values) == {"p50": 51.0, "p95": 96.0, "p99": 100.0, "max": 100.0}


def test_a_searcher_reports_its_time_and_memory(
    folder: Path, tmp_path: Path, lists_are_left_out: None
) -> None:
    corpus = corpus_file(tmp_path / "work", folder, 100, 20)
    run = [sys.executable, "-m", "screening.bench_names.builder", str(corpus), str(tmp_path / "g")]
    built = json.loads(subprocess.run(run, check=True, capture_output=True, text=True).stdout)
    assert built["entities"] == 100
    (tmp_path / "asked.json").write_text(json.dumps({"warm": ["Given1 Family1", "Viktor Bout"]}))
    searcher = [
        *(sys.executable, "-m", "screening.bench_names.searcher"),
        *(str(tmp_path / "g"), str(tmp_path / "asked.json")),
    ]
    said = subprocess.run(searcher, check=True, capture_output=True, text=True, input="memory\n").stdout
    times, memory = map(json.loads, said.splitlines())
    assert len(times["warm"]) == 2
    assert times["open_ms"] > 0.0
    assert 0.0 < memory["index_resident_mb"] < memory["resident_mb"]


def test_a_swap_is_timed_while_threads_search(folder: Path, tmp_path: Path, lists_are_left_out: None) -> None:
    corpus = corpus_file(tmp_path / "work", folder, 100, 20)
    speed.build(corpus, tmp_path / "g")
    names = ["Given1 Family1", "Viktor Bout", "Given2 Family2"]
    found = speed.swapped(tmp_path / "g", tmp_path, names, seconds=1.0)
    assert all(found[part]["count"] > 0 for part in ("before", "meanwhile", "after"))
    said = "\n".join(report._swap(found))
    assert "asked: none over 200 ms" in said
    slow = {**found, "meanwhile": {**found["meanwhile"], "max": 201.0}}
    assert "NOT REACHED" in "\n".join(report._swap(slow))


def test_a_missed_target_is_said_plainly() -> None:
    build = {"names": 1_000, "entities": 900, "tokens": 800, "duration_seconds": 200.0, "peak_mb": 10.0}
    lines = "\n".join(report._building({**build, "index_bytes": 50_000, "size_bytes": 90_000}))
    assert lines.count("NOT REACHED") == 1
    assert lines.count(": reached") == 1
