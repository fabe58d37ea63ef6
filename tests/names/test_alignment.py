from screening.names.alignment import Alignment, Weighted, align
from screening.names.vocabulary import WEAK_WEIGHTS


def weighted(text: str, **weights: float) -> Weighted:
    tokens = tuple(text.split())
    return Weighted(tokens, tuple(weights.get(token, WEAK_WEIGHTS.get(token, 1.0)) for token in tokens))


def aligned(query: str, listed: str, **weights: float) -> Alignment:
    return align(weighted(query, **weights), weighted(listed, **weights))


def test_order_means_nothing() -> None:
    assert aligned("loera joaquin guzman", "joaquin guzman loera").score == 1.0


def test_a_token_is_used_once() -> None:
    assert aligned("barrera barrera", "barrera lopez").score < 0.6


def test_a_dropped_token_is_forgiven_once_two_rare_ones_agree() -> None:
    assert aligned("joaquin guzman", "joaquin guzman loera").score > 0.9


def test_a_dropped_token_is_not_forgiven_when_the_rest_is_common() -> None:
    assert aligned("juan garcia", "juan garcia loera", juan=0.3, garcia=0.3).score < 0.7


def test_different_surnames_are_not_forgiven() -> None:
    assert aligned("joaquin guzman", "joaquin fernandez").score <= 0.5


def test_joined_tokens_are_one_name() -> None:
    assert aligned("abdalrahman harbi", "abd al rahman harbi").score > 0.95
    assert aligned("abd al rahman harbi", "abdalrahman harbi").score > 0.95
    assert aligned("alshabaab al islaam", "al shabaab al islaam").score > 0.95


def test_a_misspelled_join_is_still_found() -> None:
    assert aligned("guzmanloerra joaquin", "guzman loera joaquin").score > 0.85


def test_numbers_must_agree() -> None:
    assert aligned("ji song 6", "ji song 6").score == 1.0
    assert aligned("ji song 8", "ji song 6").score < 0.7
    assert aligned("ji song", "ji song 6").score < 0.7


def test_a_single_word_is_found_by_that_word_only() -> None:
    assert aligned("pacho", "pacho").score == 1.0
    assert aligned("paco", "pacho").score < 0.7
    assert aligned("pacho fernandez", "pacho").score < 0.6


def test_an_initial_counts_beside_a_certain_word() -> None:
    assert aligned("j guzman loera", "joaquin guzman loera").score > 0.85


def test_an_initial_proves_nothing_beside_a_word_that_is_only_alike() -> None:
    assert aligned("m vito", "michael veith").score < 0.7
    assert aligned("j g l", "joaquin guzman loera").score < 0.7


def test_a_legal_form_matters_little() -> None:
    assert aligned("romashka trading", "romashka trading llc").score > 0.95
    assert aligned("romashka trading jsc", "romashka trading llc").score > 0.9


def test_the_explanation_names_every_token_with_its_rule() -> None:
    lines = aligned("gusman joaquin x1", "joaquin guzman loera").explain()
    assert "'joaquin' = 'joaquin', exact, 1.00" in lines
    assert any(line.startswith("'guzman' = 'gusman', ") for line in lines)
    assert "'loera' only in the listed name" in lines
    assert "'x1' only in the name asked for" in lines
