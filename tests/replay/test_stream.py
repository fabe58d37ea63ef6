"""Payments leave in the order of time, whatever the order of the file."""

import gzip
from pathlib import Path

import pytest

from screening.replay.item import FileRefusedError, ReadOptions
from screening.replay.readers import find_reader
from screening.replay.stream import Source, in_time_order, survey


def source(path: Path) -> Source:
    return Source(path, find_reader(path), ReadOptions())


def identifiers(path: Path, **positions: int) -> list[object]:
    found = survey(source(path))
    return [item.payload["externalId"] for item in in_time_order(source(path), found, **positions)]


def test_a_file_in_order_stays_as_it_is(gentex: Path) -> None:
    assert survey(source(gentex)).in_time_order
    assert identifiers(gentex) == ["T1", "T2", "T3", "T4", "T5", "T6"]


def test_a_file_out_of_order_is_sorted_and_payments_of_one_instant_keep_their_order(amlworld: Path) -> None:
    assert not survey(source(amlworld)).in_time_order
    assert identifiers(amlworld) == ["amlworld-1-1", "amlworld-2-2", "amlworld-1-2"]


def test_positions_cut_a_part_out_of_the_order_of_time(amlworld: Path) -> None:
    assert identifiers(amlworld, start=1, limit=2) == ["amlworld-2-2"]


def test_the_survey_counts_payments_and_rows_that_are_none(berka: Path) -> None:
    found = survey(source(berka))
    assert (found.payments, found.bad_rows, found.has_labels) == (5, 1, False)


def test_a_packed_file_that_was_cut_off_is_refused_before_anything_is_sent(gentex: Path) -> None:
    gentex.write_bytes(gentex.read_bytes()[:-20])
    with pytest.raises(FileRefusedError, match="cannot be read to its end"):
        survey(source(gentex))


def test_a_file_in_another_encoding_is_refused_without_quoting_it(gentex: Path) -> None:
    content = gzip.decompress(gentex.read_bytes()) + "T7,é".encode("latin-1")
    gentex.write_bytes(gzip.compress(content))
    with pytest.raises(FileRefusedError, match="is not in this format"):
        survey(source(gentex))
