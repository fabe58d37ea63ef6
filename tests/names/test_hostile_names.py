"""No name whatever crashes the search, takes long or matches everything."""

import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screening.bench_names.hostile import HOSTILE
from screening.names.entity import NameQuery
from screening.names.index import NameIndex
from tests.names.conftest import ENTITIES

LONGEST_MILLISECONDS = 50


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_name_is_answered_quickly_and_matches_little(index: NameIndex, name: str) -> None:
    started = time.thread_time()
    result = index.search(NameQuery(name))
    assert 1000 * (time.thread_time() - started) < LONGEST_MILLISECONDS
    assert len(result.matches) < len(ENTITIES) / 2


@settings(max_examples=200, deadline=None)
@given(name=st.text(max_size=200))
def test_any_text_can_be_asked_for(index: NameIndex, name: str) -> None:
    result = index.search(NameQuery(name))
    assert 0.0 <= result.best_score <= 100.0


def test_hostile_evidence_does_no_harm(index: NameIndex) -> None:
    noise = "".join(chr(random.Random(1).randrange(32, 0xD7FF)) for _ in range(5_000))
    query = NameQuery(
        "Viktor Bout", birth_date=noise, countries=(noise,) * 50, identifiers=(noise,) * 500, gender=noise
    )
    assert index.search(query).best_score > 0
