from dataclasses import replace

from screening.names.entity import ListKind, NameMatch, NameQuality
from screening.names.thresholds import THRESHOLDS, Threshold, counts, is_confirmed, is_near_miss, near_misses


def match(score: float, kind: ListKind = "sanctions", quality: NameQuality = "primary") -> NameMatch:
    return NameMatch("t:1", "t", kind, "1", "A B", "A B", score, quality, "person", (), (), ())


def test_each_kind_of_list_counts_from_its_own_score() -> None:
    assert counts(match(85.0)) and not counts(match(84.9))
    assert counts(match(95.0, "pep")) and not counts(match(94.9, "pep"))
    assert counts(match(90.0, "internal")) and not counts(match(89.9, "internal"))
    assert counts(match(90.0, "adverse_media")) and not counts(match(89.9, "adverse_media"))


def test_a_contradicted_pep_does_not_count_but_a_contradicted_sanction_does() -> None:
    assert not counts(replace(match(100.0, "pep"), contradictions=("born in another year",)))
    assert counts(replace(match(100.0), contradictions=("other countries",)))


def test_a_weak_alias_never_counts_by_itself() -> None:
    assert not counts(match(100.0, quality="weak"))


def test_a_near_miss_is_kept_from_seventy() -> None:
    assert is_near_miss(match(70.0)) and not is_near_miss(match(69.9)) and not is_near_miss(match(85.0))


def test_confirmed_needs_agreeing_evidence() -> None:
    assert not is_confirmed(match(100.0))
    assert is_confirmed(replace(match(95.0), agreements=("born on the same day",)))


def test_a_team_may_bring_its_own_thresholds() -> None:
    assert counts(match(75.0), {**THRESHOLDS, "sanctions": Threshold(75.0)})


def test_near_misses_leave_out_what_counts_and_what_is_too_weak() -> None:
    matches = (match(97.0), match(84.0), match(80.0), match(75.0), match(60.0))
    assert [each.score for each in near_misses(matches, 2)] == [84.0, 80.0]
    assert [each.score for each in near_misses(matches, 9)] == [84.0, 80.0, 75.0]


def test_a_contradicted_pep_is_a_near_miss() -> None:
    contradicted = replace(match(100.0, "pep"), contradictions=("born in another year",))
    assert near_misses((contradicted,), 5) == (contradicted,)
