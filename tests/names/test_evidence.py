import pytest

from screening.names.entity import NameQuery
from screening.names.evidence import Evidence, weigh
from tests.names.conftest import listed


def weighed(query: NameQuery, **known: tuple[str, ...]) -> Evidence:
    return weigh(query, listed("1", "Viktor Bout", **known))


def test_nothing_known_says_nothing() -> None:
    assert weighed(NameQuery("Viktor Bout", birth_date="1967-01-13", countries=("RU",))).findings == ()


def test_the_same_birth_date_agrees() -> None:
    evidence = weighed(NameQuery("x", birth_date="1967-01-13"), birth_dates=("1970", "1967-01-13"))
    assert evidence.points > 0
    assert evidence.agreements
    assert not evidence.contradictions


def test_a_birth_year_agrees_with_a_full_date() -> None:
    assert weighed(NameQuery("x", birth_date="1967-01-13"), birth_dates=("1967",)).agreements


@pytest.mark.parametrize(("listed_date", "least"), [("1980", 15), ("1967-05-05", 5), ("1968-01-13", 1)])
def test_another_birth_date_contradicts_by_how_far_it_is(listed_date: str, least: int) -> None:
    evidence = weighed(NameQuery("x", birth_date="1967-01-13"), birth_dates=(listed_date,))
    assert evidence.points <= -least
    assert evidence.contradictions


def test_one_shared_country_is_enough() -> None:
    assert weighed(NameQuery("x", countries=("US", "ru")), countries=("RU", "BY")).points > 0


def test_no_shared_country_contradicts() -> None:
    assert weighed(NameQuery("x", countries=("US",)), countries=("RU", "BY")).points < 0


def test_another_gender_contradicts() -> None:
    assert weighed(NameQuery("x", gender="Female"), genders=("male",)).contradictions == ("listed as male",)


def test_a_person_is_not_a_company_and_still_less_a_ship() -> None:
    person = NameQuery("x", entity_type="person")
    company = weigh(person, listed("1", "Bout", entity_type="company")).points
    vessel = weigh(person, listed("1", "Bout", entity_type="vessel")).points
    assert vessel < company < 0
    assert weigh(person, listed("1", "Bout", entity_type="unknown")).points == 0


def test_an_identifier_agrees_whatever_its_punctuation() -> None:
    assert weighed(NameQuery("x", identifiers=("p000123",)), identifiers=("P 000-123",)).points >= 10


def test_a_short_identifier_proves_nothing() -> None:
    assert weighed(NameQuery("x", identifiers=("12",)), identifiers=("12",)).points == 0


def test_a_birth_date_that_is_not_one_does_no_harm() -> None:
    assert weighed(NameQuery("x", birth_date="unknown"), birth_dates=("1967",)).points <= 0
