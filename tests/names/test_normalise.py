import pytest

from screening.names.normalise import MAXIMUM_TOKENS, normalise


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("GUZMÁN LOERA, Joaquín", ("guzman", "loera", "joaquin")),
        ("Владимир Путин", ("vladimir", "putin")),
        ("Ελευθέριος", ("eleytherios",)),
        ("P'il-Hun O\u2019Neill", ("pil", "hun", "oneill")),
        ("习近平", ("xijinping",)),
        ("\u202eMu\u200dhammad\u200f", ("muhammad",)),
        ("\uff2a\uff4f\uff4b\uff4f", ("joko",)),
    ],
)
def test_any_script_becomes_lower_case_latin(text: str, tokens: tuple[str, ...]) -> None:
    assert normalise(text) == tokens


@pytest.mark.parametrize(
    "text",
    [
        "Romashka OOO",
        "Romashka L.L.C.",
        "Romashka, Ltd.",
        "Romashka Obshchestvo s ogranichennoy otvetstvennostyu",
        "Romashka Общество \u0441 ограниченной ответственностью",
        "Romashka GmbH",
    ],
)
def test_a_legal_form_is_the_same_however_it_is_written(text: str) -> None:
    assert normalise(text) == ("romashka", "llc")


@pytest.mark.parametrize("text", ["CORP", "S.A.", "OOO", "Limited Liability Company", "Mr", "de la"])
def test_a_name_of_weak_words_only_keeps_its_tokens(text: str) -> None:
    assert normalise(text)


def test_a_short_surname_in_the_middle_is_not_a_legal_form() -> None:
    assert normalise("Maria Sa Pereira") == ("maria", "sa", "pereira")
    assert normalise("Bayt As Safrani") == ("bayt", "as", "safrani")


def test_initials_before_a_surname_are_not_a_legal_form() -> None:
    assert normalise("S A Smith") == ("s", "a", "smith")


@pytest.mark.parametrize("text", ["", " ", "\x00", "😀🎉", "\u200f", "...", "\ud800"])
def test_what_holds_no_name_gives_no_token(text: str) -> None:
    assert normalise(text) == ()


def test_a_very_long_name_is_cut() -> None:
    assert len(normalise("ab " * 5000)) == MAXIMUM_TOKENS
    assert len(normalise("a" * 10_000)[0]) < 100
    assert len("".join(normalise("\ufdfa" * 10_000))) < 2_000
