"""The home page: a person's own teams, honest figures, nothing of anybody else."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cases.overview import overview_of
from cases.web.home import bar
from ratel.tenancy import tenant
from screening.overview import DecisionCounts, loaded_lists
from teams.models import Membership
from tests.cast import make_bank
from tests.evaluate.lists import load_demo_list
from tests.web.pages import assert_is_strict, sign_in, text_of

MOST_QUERIES = 12


@pytest.fixture(scope="module")
def acme():
    """A bank whose Indonesian team has decided three payments, one of them not a pass."""
    bank = make_bank("Acme Bank", "id", "us", people=True)
    caller = bank.callers["id"]
    caller.evaluate(amountIdr=100, customerId="a", kycStatus="verified")
    caller.evaluate(amountIdr=200, customerId="a", kycStatus="verified")
    answer = caller.evaluate(amountIdr=900_000_000, customerId="b", country="KP", kycStatus="verified")
    assert answer.data["decision"] == "escalate"
    return bank


def page_for(person):
    client = Client()
    assert sign_in(client, person.email, address="192.0.2.50").status_code == 302
    return client.get("/")


def test_the_page_shows_who_is_signed_in_their_teams_and_their_role(acme):
    text = text_of(page_for(acme.people["officer"]))
    assert acme.people["officer"].name in text
    assert "id IDR Officer" in text
    assert "us USD Officer" in text


def test_figures_are_those_of_the_team(acme):
    overview = overview_of(acme.people["analyst"], timezone.now())
    decided, quiet = overview.teams
    assert decided.figures.decided.day.by_decision == {"pass": 2, "escalate": 1}
    assert decided.figures.decided.month.total == 3
    assert (decided.figures.open_alerts, decided.figures.open_cases) == (1, 1)
    assert quiet.figures.decided.month.total == 0
    assert (overview.open_alerts, overview.open_cases, overview.decisions) == (1, 1, 3)


def test_the_title_says_what_waits(acme):
    text = text_of(page_for(acme.people["analyst"]))
    assert "1 open alert, 1 open case" in text
    assert "none past due" in text
    assert "2 pass, 1 escalate" in text


def test_an_alert_past_its_time_is_called_so(acme):
    overview = overview_of(acme.people["analyst"], timezone.now() + timedelta(days=3))
    assert overview.overdue_alerts == 1


def test_decisions_leave_the_figures_after_a_day_and_after_thirty(acme):
    analyst = acme.people["analyst"]
    figures = overview_of(analyst, timezone.now() + timedelta(days=2)).teams[0].figures
    assert (figures.decided.day.total, figures.decided.month.total) == (0, 3)
    figures = overview_of(analyst, timezone.now() + timedelta(days=31)).teams[0].figures
    assert figures.decided.month.total == 0


def test_whoever_has_one_team_is_led_to_its_overview():
    single = make_bank("Single Bank", "ng", people=True)
    answer = page_for(single.people["analyst"])
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"/t/{single.teams['ng'].id}/"
    # Whose role sees no figures stays where teams are shown.
    assert "Your role sees no figures" in text_of(page_for(single.people["developer"]))


def test_each_team_leads_to_its_desk(acme):
    content = page_for(acme.people["analyst"]).content.decode()
    for team in acme.teams.values():
        assert f'href="/t/{team.id}/"' in content


def test_another_banks_people_see_nothing_of_it(acme):
    rival = make_bank("Rival Bank", "ng", "us", people=True)
    text = text_of(page_for(rival.people["analyst"]))
    assert "Nothing waits" in text
    assert "No payment has been decided yet" in text
    assert "IDR" not in text
    assert acme.organisation.name not in text


def test_a_team_without_a_role_is_not_shown(acme):
    auditor = acme.people["auditor"]
    with tenant(acme.id, [team.id for team in acme.teams.values()]):
        Membership.objects.filter(person=auditor, team=acme.teams["id"]).delete()
    assert [team.name for team in overview_of(auditor, timezone.now()).teams] == ["us"]


def test_a_developer_sees_teams_but_no_figures(acme):
    text = text_of(page_for(acme.people["developer"]))
    assert "Your role sees no figures of this team." in text
    assert "Your teams" in text
    assert "1 open alert" not in text


def test_somebody_without_any_team_is_told_whom_to_ask(acme):
    admin = acme.people["admin"]
    with tenant(acme.id, [team.id for team in acme.teams.values()]):
        Membership.objects.filter(person=admin).delete()
    assert "You hold no role in any team." in text_of(page_for(admin))


def test_the_page_is_strict_and_kept_by_no_cache(acme):
    answer = page_for(acme.people["analyst"])
    assert_is_strict(answer)
    assert "no-store" in answer.headers["Cache-Control"]


def test_the_page_costs_few_queries(acme):
    client = Client()
    sign_in(client, acme.people["analyst"].email, address="192.0.2.51")
    with CaptureQueriesContext(connection) as queries:
        client.get("/")
    reads = [query["sql"] for query in queries.captured_queries if 'FROM "' in query["sql"]]
    assert len(reads) <= MOST_QUERIES


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_the_page_is_only_for_reading(acme, method):
    client = Client()
    sign_in(client, acme.people["analyst"].email, address="192.0.2.52")
    assert getattr(client, method)("/").status_code == 405


@pytest.mark.parametrize("name", ["desk.css", "ratel.svg"])
def test_styles_and_pictures_come_from_here(name):
    answer = Client().get(f"/static/{name}")
    assert answer.status_code == 200
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_the_age_of_a_list_is_told_in_words(acme):
    load_demo_list()
    with tenant(acme.id):
        now = timezone.now()
        # Lists that other tests have made old are not meant.
        ages = [
            {
                one.age
                for one in loaded_lists(now + timedelta(days=days))
                if one.loaded_at > now - timedelta(hours=12)
            }
            for days in (0, 2, 8)
        ]
    assert ages == [{"fresh"}, {"aging"}, {"old"}]


def test_a_bar_is_as_wide_as_all_its_pieces():
    pieces = bar(DecisionCounts({"pass": 2, "block": 1}))
    assert [piece.decision for piece in pieces] == ["pass", "block"]
    assert pieces[1].start == pieces[0].width
    assert round(sum(piece.width for piece in pieces)) == 100
    assert bar(DecisionCounts()) == ()
