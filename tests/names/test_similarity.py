import pytest

from screening.names.similarity import EDIT, EXACT, INITIAL, SPELLING, UNLIKE, likeness, skeleton


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("muhammad", "mohamed"),
        ("qadhafi", "kaddafi"),
        ("yusuf", "yousef"),
        ("aleksandr", "alexander"),
        ("wasilew", "vasiliev"),
        ("aziz", "asis"),
    ],
)
def test_transliterations_of_one_name_are_alike(one: str, other: str) -> None:
    assert likeness(one, other)[1] >= 0.8


@pytest.mark.parametrize(
    ("one", "other"),
    [("marco", "rossi"), ("ali", "ole"), ("hassan", "azin"), ("12", "13"), ("song6", "song7"), ("li", "lu")],
)
def test_different_words_are_not_alike(one: str, other: str) -> None:
    assert likeness(one, other) == UNLIKE


def test_likeness_is_the_same_both_ways() -> None:
    for one, other in (("guzman", "gusman"), ("j", "joaquin"), ("kim", "kam"), ("javad", "jaad")):
        assert likeness(one, other) == likeness(other, one)


def test_each_rule_is_named() -> None:
    assert likeness("guzman", "guzman") == (EXACT, 1.0)
    assert likeness("j", "joaquin")[0] == INITIAL
    assert likeness("barragan", "barrugam")[0] == EDIT
    assert likeness("muhammad", "mohamad")[0] in (SPELLING, EDIT)


def test_a_word_of_three_letters_may_only_change_its_vowel() -> None:
    assert likeness("kim", "kym")[1] > 0.8
    assert likeness("kim", "kin") == UNLIKE


def test_an_edit_of_a_longer_word_costs_less() -> None:
    assert likeness("karim", "karem")[1] < likeness("abdulkarim", "abdulkarem")[1] < 1.0


def test_a_skeleton_is_what_transliterations_share() -> None:
    assert skeleton("muhammad") == skeleton("mohamed") == skeleton("mhmd")


def test_a_legal_form_is_the_same_where_it_was_taken_for_a_word() -> None:
    assert likeness("spa", "jsc")[1] == likeness("jsc", "spa")[1] == 1.0
    assert likeness("llc", "jsc") == UNLIKE
    assert likeness("djsc", "jsc")[1] > 0.7


@pytest.mark.parametrize(("one", "other"), [("kim", "qim"), ("haq", "hak"), ("wal", "val")])
def test_a_word_of_three_letters_may_be_transliterated_otherwise(one: str, other: str) -> None:
    assert likeness(one, other)[1] > 0.8


def test_a_word_without_vowels_is_the_word_with_them() -> None:
    assert likeness("mhmd", "muhammad")[1] > 0.85
    assert likeness("rhmn", "rahman")[1] > 0.85
    assert likeness("mhmd", "hamid") == UNLIKE
