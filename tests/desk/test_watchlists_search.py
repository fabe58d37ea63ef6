"""Name search at the desk: who is meant and why, list by list; nothing is kept of it unless somebody says so."""

from typing import Any

import pytest

from screening.models import Screening
from screening.names.alignment import Weighted, align
from screening.names.explained import explained
from screening.names.normalise import normalise
from teams.models import AuditEntry
from tests.cast import Bank, make_bank
from tests.desk.people import Seat, seat
from tests.evaluate.lists import SANCTIONED, load_demo_list

NAME = "Viktor Bout"


@pytest.fixture(scope="module", autouse=True)
def lists(django_db_setup: None) -> None:
    load_demo_list()


@pytest.fixture(scope="module")
def acme() -> Bank:
    return make_bank("Acme Bank", "us", people=True)


@pytest.fixture
def analyst(acme: Bank) -> Seat:
    return seat(acme, "analyst", "us")


def text(answer: Any) -> str:
    return str(answer.content.decode())


def screenings(bank: Bank) -> int:
    with bank.seeing("us"):
        return Screening.objects.count()


def test_a_match_is_shown_token_by_token_beside_its_entry(acme: Bank, analyst: Seat):
    answer = analyst.post("name-search-run", name=NAME, birth_date="1967-01-13", country="ru")
    answered = answer.context["answered"]
    (match,) = [one for one in answered.beside if one.how == "match"]
    assert match.found.listed_name == SANCTIONED
    assert {(token.asked, token.listed) for token in match.explained.tokens} >= {("bout", "bout")}
    assert any(line.points and line.points > 0 for line in match.explained.evidence)
    assert match.entity is not None
    assert match.entity.countries == ("RU",)
    assert answered.judged.generation in text(answer)
    assert answered.milliseconds > 0


def test_a_search_keeps_nothing_of_whom_it_was_about(acme: Bank, analyst: Seat):
    before = screenings(acme)
    analyst.post("name-search-run", name="Xaverius Unheard", identifier="ID-998877")
    assert screenings(acme) == before
    with acme.seeing("us"):
        entries = list(AuditEntry.objects.filter(action="watchlist.searched"))
    assert entries
    assert not any(
        word in f"{one.subject_id} {one.before} {one.after}"
        for one in entries
        for word in ("Unheard", "998877")
    )


def test_a_name_that_nobody_has_is_answered_with_the_best_that_does_not_count(analyst: Seat):
    answer = analyst.post("name-search-run", name="Victoria Boutique")
    answered = answer.context["answered"]
    assert answered.judged.status == "clear"
    assert "Nobody on any list counts as a match" in text(answer)
    for one in answered.beside:
        assert one.how != "match"
        assert one.why


def test_every_list_says_something(analyst: Seat):
    answered = analyst.post("name-search-run", name=NAME).context["answered"]
    demo = next(one for one in answered.lists if one.code == "demo")
    assert demo.how == "match"
    assert demo.best is not None
    assert demo.best.score >= demo.threshold


def test_htmx_gets_only_what_was_found(analyst: Seat):
    url = analyst.url("name-search-run")
    part = analyst.client.post(url, {"name": NAME}, headers={"HX-Request": "true"})
    assert "<html" not in text(part)
    assert SANCTIONED in text(part)


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({}, "Type a name"),
        ({"name": "Ann", "country": "zz"}, "country is not an ISO 3166-1 country"),
        ({"name": "Ann", "birth_date": "soon"}, "birth_date must be a date of birth"),
    ],
)
def test_what_cannot_be_searched_is_said_in_the_words_of_the_form(
    analyst: Seat, form: dict[str, str], said: str
):
    assert said in text(analyst.post("name-search-run", **form))


def test_what_is_kept_is_a_screening_with_its_alert(acme: Bank, analyst: Seat):
    before = screenings(acme)
    page = analyst.do("name-search-keep", name=NAME, birth_date="1967-01-13")
    assert screenings(acme) == before + 1
    assert "Kept as a screening" in text(page)
    assert SANCTIONED in text(page)
    assert page.context["alert_id"]
    assert page.context["row"].status in text(analyst.get("screenings")).lower()
    csv = analyst.get("screenings", format="csv").content.decode("utf-8-sig").splitlines()
    assert csv[0] == "screening_id,screened_at,lane,status,best_score,alert_id"
    assert any(row.startswith("scr_") for row in csv[1:])


def test_who_may_not_screen_searches_and_is_shown_no_button_to_keep(acme: Bank):
    auditor = seat(acme, "auditor", "us")
    page = text(auditor.post("name-search-run", name=NAME))
    assert SANCTIONED in page
    assert "Keep as a screening" not in page
    assert auditor.post("name-search-keep", name=NAME).status_code == 403


@pytest.mark.parametrize(
    ("asked", "listed"),
    [
        ("Viktor Bout", "Viktor Anatolijevitch Bout"),
        ("Abdalrahman O'Neill", "Abd al Rahman O'Neil"),
        ("J Smith 12", "John Smith 13"),
        ("Nobody", "Somebody Else"),
    ],
)
def test_every_line_of_an_explanation_is_taken_apart_into_its_tokens(asked: str, listed: str):
    names = [Weighted(tokens, (1.0,) * len(tokens)) for tokens in (normalise(asked), normalise(listed))]
    alignment = align(*names)
    found = explained(alignment.explain())
    assert found.evidence == ()
    assert [(one.listed, one.asked) for one in found.tokens if one.similarity is not None] == [
        (pair.listed, pair.query) for pair in alignment.pairs
    ]
    alone = {one.listed or one.asked for one in found.tokens if one.similarity is None}
    assert alone == {*alignment.unmatched_listed, *alignment.unmatched_query}


def test_evidence_has_its_points_and_a_line_of_no_known_form_is_kept_as_it_is():
    found = explained(
        ["born in another year, listed 1950: -15", "the same identifier: +15", "whatever this is"]
    )
    assert [line.points for line in found.evidence] == [-15, 15, None]
    assert found.evidence[2].text == "whatever this is"


def test_an_analyst_searches_and_keeps_by_keyboard_and_the_name_is_in_no_address(visit, acme: Bank):
    analyst = visit(acme, "analyst")
    page = analyst.go("watchlists")
    analyst.assert_accessible()
    analyst.press("s")
    page.wait_for_url("**/watchlists/search")
    page.wait_for_selector("#name:focus")
    page.keyboard.type(NAME)
    analyst.press("Enter")
    page.wait_for_selector(".verdict")
    assert "match" in page.inner_text(".verdict")
    assert "Bout" not in page.url
    analyst.assert_accessible()
    page.get_by_role("link", name="Watchlists").first.focus()
    analyst.press("y")
    page.wait_for_url("**/screenings/scr_*")
    assert "Kept as a screening" in analyst.text()
    analyst.assert_accessible()
