"""The ongoing lane: customers against what a refresh changed, each new match alerted on exactly once."""

import base64
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import redis
from django.conf import settings
from django.utils import timezone

from cases.models import Alert
from ratel.celery import app as celery
from screening.models import KnownMatch, OngoingRange, Screening
from screening.names.entity import NameQuery
from screening.ongoing import ranges, screen, tasks
from screening.ongoing.changes import changed_entries
from screening.watchlists.current import current_generation
from tests.cast import Bank, Caller, make_bank
from tests.evaluate.stored import events
from tests.screenings.lists import load

PERSON = "Ozymandias Quillfeather,,,person,1950,GB,,o-1,sanctions,{remarks}"
OTHER = "Perpetua Thistlewood,,,person,,,,o-2,sanctions,"
THIRD = "Balthasar Nightingale,,,person,,,,o-3,{kind},"
CODE = "ongoing"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "list.csv"


@pytest.fixture
def bank(path: Path) -> Bank:
    """Made after the list, so that nothing of what is loaded is news to its customers."""
    load(path, OTHER, code=CODE)
    return make_bank("Acme Bank", "us")


@pytest.fixture
def caller(bank: Bank) -> Caller:
    return bank.callers["us"]


def customers(caller: Caller, *names: str, **facts: Any) -> None:
    for number, name in enumerate(names):
        body = {"customerId": f"c-{number}", "fullName": name, **facts}
        assert caller.post("/api/customers", body).status == 201


def tend(bank: Bank) -> None:
    """What the beat and the workers do, in this process."""
    team = bank.team_facts("us")
    with bank.seeing("us"):
        if ranges.plan(team):
            tasks.reopen_changed(team=team)
    while tasks.work_ongoing(str(bank.id), str(team.id)):
        pass


def rows(bank: Bank, model: Any) -> list[Any]:
    with bank.seeing("us"):
        return list(model.objects.order_by("id"))


def finished(bank: Bank) -> list[OngoingRange]:
    """The ranges that are done, in their order; that of latecomers waits."""
    with bank.seeing("us"):
        return list(OngoingRange.objects.filter(done_at__isnull=False).order_by("generation", "position"))


def test_a_customer_that_a_new_entry_names_becomes_an_alert(bank: Bank, caller: Caller, path: Path) -> None:
    customers(caller, "Ngozi Wintersgill", "Ozymandias Quillfeather")
    generation = load(path, OTHER, PERSON.format(remarks=""), code=CODE)
    tend(bank)
    (alert,) = rows(bank, Alert)
    shown = caller.get("/api/alerts?limit=5").data[0]
    assert (shown["customerId"], shown["lane"], shown["trigger"]) == ("c-1", "ongoing", "screening_match")
    (screening,) = rows(bank, Screening)
    assert (screening.lane, screening.status, screening.alert_id) == ("ongoing", "review", alert.id)
    assert screening.list_generation == generation
    (done,) = finished(bank)
    assert (done.generation, done.screened, done.alerted) == (generation, 2, 1)
    assert done.done_at is not None
    told = {event.event for event in events(bank, "us")} - {"watchlist.refreshed"}
    assert told == {"alert.created", "screening.review"}


def test_only_what_changed_is_looked_at(bank: Bank, caller: Caller, path: Path) -> None:
    """A customer who was on the list before is no news."""
    customers(caller, "Perpetua Thistlewood", "Viktor Bout")
    load(path, OTHER, PERSON.format(remarks=""), code=CODE)
    tend(bank)
    assert rows(bank, Alert) == []
    (done,) = finished(bank)
    assert done.screened == 2


def test_an_entry_that_changed_in_its_remarks_alerts_nobody_again(
    bank: Bank, caller: Caller, path: Path
) -> None:
    customers(caller, "Ozymandias Quillfeather")
    load(path, OTHER, PERSON.format(remarks=""), code=CODE)
    tend(bank)
    load(path, OTHER, PERSON.format(remarks="new remarks"), code=CODE)
    tend(bank)
    assert len(rows(bank, Alert)) == len(rows(bank, Screening)) == 1
    load(path, OTHER, PERSON.format(remarks="new remarks").replace("1950", "1951"), code=CODE)
    tend(bank)
    assert len(rows(bank, Alert)) == 2
    assert len(rows(bank, KnownMatch)) == 1


def test_repeating_a_range_alerts_nobody_twice(bank: Bank, caller: Caller, path: Path) -> None:
    customers(caller, "Ozymandias Quillfeather")
    load(path, OTHER, PERSON.format(remarks=""), code=CODE)
    for _ in range(3):
        tend(bank)
        with bank.seeing("us"):
            done = OngoingRange.objects.filter(done_at__isnull=False)
            done.update(done_at=None, reached_customer_id=None)
    assert len(rows(bank, Alert)) == len(rows(bank, Screening)) == 1
    assert [event.event for event in events(bank, "us")].count("screening.review") == 1


def test_planning_twice_plans_once_and_refreshes_in_between_are_one_plan(
    bank: Bank, caller: Caller, path: Path
) -> None:
    customers(caller, "Ozymandias Quillfeather", "Balthasar Nightingale")
    load(path, OTHER, PERSON.format(remarks=""), code=CODE)
    load(path, OTHER, PERSON.format(remarks=""), THIRD.format(kind="pep"), code=CODE)
    team = bank.team_facts("us")
    with bank.seeing("us"):
        assert ranges.plan(team) is True
        assert ranges.plan(team) is False
    tend(bank)
    assert len(finished(bank)) == 1
    assert {row.severity for row in rows(bank, Alert)} == {"high", "medium"}


def test_whom_somebody_ruled_out_is_counted_and_not_alerted_on(
    bank: Bank, caller: Caller, path: Path
) -> None:
    customers(caller, "Ozymandias Quillfeather")
    load(path, OTHER, PERSON.format(remarks=""), code=CODE)
    decision = {"customerId": "c-0", "entryId": f"{CODE}:o-1", "verdict": "not_this_person", "reason": "x"}
    assert caller.post("/api/match-decisions", decision).status == 201
    tend(bank)
    (done,) = finished(bank)
    assert (done.alerted, done.suppressed, rows(bank, Alert)) == (0, 1, [])

    load(path, OTHER, PERSON.format(remarks="").replace("1950", "1960"), code=CODE)
    tend(bank)
    assert len(rows(bank, Alert)) == 1
    assert [one["status"] for one in caller.get("/api/match-decisions").data] == ["reopened"]


def test_what_is_known_of_a_customer_is_evidence(bank: Bank, caller: Caller, path: Path) -> None:
    customers(caller, "Ozymandias Quillfeather", dateOfBirth="1999-01-01", nationality="BR")
    load(path, OTHER, PERSON.format(remarks=""), code=CODE)
    tend(bank)
    assert rows(bank, Alert) == []


def test_many_customers_are_many_ranges_of_many_pages(
    bank: Bank, caller: Caller, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ranges, "CUSTOMERS_A_RANGE", 7)
    monkeypatch.setattr(screen, "CUSTOMERS_A_PAGE", 3)
    names = ["Ozymandias Quillfeather" if number % 5 == 0 else f"Ngozi {number}" for number in range(23)]
    customers(caller, *names)
    load(path, OTHER, PERSON.format(remarks=""), code=CODE)
    tend(bank)
    found = finished(bank)
    assert [row.screened for row in found] == [7, 7, 7, 2]
    assert sum(row.alerted for row in found) == len(rows(bank, Alert)) == 5


def test_a_range_whose_worker_died_goes_to_the_next_and_the_dead_ones_page_is_not_taken(
    bank: Bank, caller: Caller, path: Path
) -> None:
    customers(caller, "Ozymandias Quillfeather")
    load(path, OTHER, PERSON.format(remarks=""), code=CODE)
    team = bank.team_facts("us")
    with bank.seeing("us"):
        ranges.plan(team)
        stale = ranges.take(team)
        assert stale is not None
        assert ranges.take(team) is None, "leased"
        OngoingRange.objects.filter(id=stale.id).update(leased_until=timezone.now() - timedelta(seconds=1))
        taken = ranges.take(team)
    assert taken is not None and (taken.id, taken.attempts) == (stale.id, 2)
    with pytest.raises(ranges.LeaseLost):
        screen.screen_range(team, stale)
    assert rows(bank, Alert) == rows(bank, Screening) == []
    screen.screen_range(team, taken)
    assert len(rows(bank, Alert)) == 1


def test_a_process_that_still_searches_the_old_lists_gives_the_range_back(
    bank: Bank, caller: Caller, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    customers(caller, "Ozymandias Quillfeather")
    load(path, OTHER, PERSON.format(remarks=""), code=CODE)
    team = bank.team_facts("us")
    with bank.seeing("us"):
        ranges.plan(team)
        newer = "gen_7ZZZZZZZZZZZZZZZZZZZZZZZZZ"
        work = ranges.take(team)
    assert work is not None
    changed = changed_entries(None, work.since, work.generation)
    work.generation = newer
    with pytest.raises(screen.NotOpenYet):
        screen._screen_page(
            screen.Work(team, work, screen.configuration_of(team), changed),
            [one for page in screen._pages(team, work) for one in page],
        )
    assert rows(bank, Alert) == []


def test_a_private_lists_new_entry_finds_the_organisations_customers_and_nobody_elses(
    bank: Bank, caller: Caller
) -> None:
    rival = make_bank("Rival Bank", "us")
    for one in (caller, rival.callers["us"]):
        customers(one, "Cornelius Featherstonehaugh")
    body = {"name": "Ours", "category": "internal", "source": "manual"}
    created = caller.post("/api/watchlists", body)
    assert created.status == 201, created.body
    entries = [{"fullName": "Cornelius Featherstonehaugh", "entityType": "person", "reference": "p-1"}]
    answer = caller.post(f"/api/watchlists/{created.data['id']}/entries", {"entries": entries})
    assert answer.status in (200, 201), answer.body
    tend(bank)
    tend(rival)
    (alert,) = rows(bank, Alert)
    assert (alert.lane, alert.severity) == ("ongoing", "medium")
    assert rows(rival, Alert) == []


def test_the_index_of_changes_holds_what_changed_and_nothing_else(bank: Bank, path: Path) -> None:
    since = current_generation()
    generation = load(path, OTHER, PERSON.format(remarks=""), code=CODE)
    changed = changed_entries(None, since, generation)
    assert changed.entry_ids == frozenset({f"{CODE}:o-1"})
    assert [match.entry_id for match in changed.near(NameQuery("Ozymandias Quilfeather"))] == [f"{CODE}:o-1"]
    assert changed.near(NameQuery("Viktor Bout")) == ()
    assert changed_entries(None, generation, generation).is_nothing


def test_whoever_becomes_a_customer_while_processes_still_search_the_old_lists_comes_last(
    bank: Bank, caller: Caller, path: Path
) -> None:
    customers(caller, "Ngozi Wintersgill")
    load(path, OTHER, PERSON.format(remarks=""), code=CODE)
    tend(bank)
    assert (
        caller.post("/api/customers", {"customerId": "late", "fullName": "Ozymandias Quillfeather"}).status
        == 201
    )
    tend(bank)
    assert rows(bank, Alert) == []
    with bank.seeing("us"):
        (waiting,) = OngoingRange.objects.filter(done_at__isnull=True)
        assert waiting.leased_until > timezone.now() + timedelta(minutes=4)
        OngoingRange.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    tend(bank)
    assert len(rows(bank, Alert)) == 1
    assert [row.screened for row in finished(bank)] == [1, 1]


def test_the_beat_plans_and_rings_with_ids_alone(bank: Bank, caller: Caller, path: Path) -> None:
    customers(caller, "Ozymandias Quillfeather")
    load(path, OTHER, PERSON.format(remarks=""), code=CODE)
    celery.set_default()
    queue = redis.Redis.from_url(settings.REDIS_URL)
    assert tasks.tend_ongoing() >= 2
    rung = [json.loads(message) for message in queue.lrange("celery", 0, -1)]
    mine = [one for one in rung if str(bank.teams["us"].id) in one["headers"]["argsrepr"]]
    assert mine
    for one in mine:
        assert one["headers"]["task"] == "screening.ongoing.tasks.work_ongoing"
        arguments, _, _ = json.loads(base64.b64decode(one["body"]))
        assert arguments == [str(bank.id), str(bank.teams["us"].id)]
        assert tasks.work_ongoing(*arguments) <= 1
    assert len(rows(bank, Alert)) == 1
