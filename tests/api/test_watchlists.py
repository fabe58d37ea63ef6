"""`/api/watchlists`: an organisation's own lists beside the public ones, in effect within seconds and only for it."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone
from psycopg import sql

from screening.models import Watchlist, WatchlistEntry, WatchlistGeneration, WatchlistSource
from screening.services import watchlists as services
from screening.watchlists import private_lists
from screening.watchlists.notices import tell_organisations
from screening.watchlists.writing import writing
from teams.models import AuditEntry
from tests.cast import Answer, Bank, Caller, changed, make_bank
from tests.evaluate.lists import SANCTIONED, load_demo_list
from tests.evaluate.owner import everything_visible, tables
from tests.evaluate.stored import evaluations, events
from tests.promised import at_most
from tests.watchlists.public import load, new_code, wait_until, write

UNKNOWN = "wls_01HXY3V9K2M4N6P8Q0R2S4T6V8"
PERSON = {
    "fullName": "Zygmunt Przybyszewski",
    "aliases": ["Zygi Przyby"],
    "weakAliases": ["The Pole"],
    "entityType": "person",
    "dateOfBirth": "1970-05-01",
    "countries": ["pl"],
    "nationalId": "PL-70050112345",
    "reference": "f-1",
    "reason": "Former customer, fraud",
    "addedBy": "compliance",
}


@pytest.fixture(scope="module", autouse=True)
def lists(django_db_setup: None) -> None:
    load_demo_list()


@pytest.fixture
def acme() -> Bank:
    return make_bank("Acme Bank", "us", "ng")


@pytest.fixture
def rival() -> Bank:
    return make_bank("Rival Bank", "us")


def make_list(caller: Caller, **fields: Any) -> str:
    body = {"name": "Former customers", "category": "internal", "source": "manual", **fields}
    answer = caller.post("/api/watchlists", body)
    assert answer.status == 201, answer.body
    return answer.data["id"]


def add(caller: Caller, watchlist: str, *entries: dict[str, Any]) -> Answer:
    answer = caller.post(f"/api/watchlists/{watchlist}/entries", {"entries": list(entries)})
    changed()
    return answer


def sanctions(caller: Caller, name: str) -> dict[str, Any]:
    answer = caller.explain(counterpartyName=name, kycStatus="verified")
    assert answer.status == 200
    (layer,) = [layer for layer in answer.data["layers"] if layer["name"] == "sanctions"]
    return layer


def every(caller: Caller, path: str) -> Iterator[dict[str, Any]]:
    """All items of a list, two a page."""
    cursor = ""
    while True:
        answer = caller.get(f"{path}{'&' if '?' in path else '?'}limit=2{cursor}")
        assert answer.status == 200, answer.body
        yield from answer.data
        if answer.body["nextCursor"] is None:
            return
        cursor = f"&cursor={answer.body['nextCursor']}"


def test_an_entry_is_screened_for_its_organisation_and_nobody_else(acme: Bank, rival: Bank) -> None:
    watchlist = make_list(acme.callers["us"])
    assert add(acme.callers["us"], watchlist, PERSON).status == 201
    for pack in ("us", "ng"):
        layer = sanctions(acme.callers[pack], "Zygmunt Przybyszewski")
        assert layer["score"] == 60
        assert f"({watchlist} f-1)" in layer["reasons"][0]
    assert sanctions(rival.callers["us"], "Zygmunt Przybyszewski")["score"] == 0


def test_an_alias_and_a_national_id_are_found_too(acme: Bank) -> None:
    add(acme.callers["us"], make_list(acme.callers["us"]), PERSON)
    assert sanctions(acme.callers["us"], "Przyby Zygi")["score"] == 60
    assert sanctions(acme.callers["us"], "The Pole")["score"] == 0


def test_the_evaluation_names_both_generations(acme: Bank) -> None:
    added = add(acme.callers["us"], make_list(acme.callers["us"]), PERSON)
    public = WatchlistGeneration.objects.get(organisation_id=None, is_current=True).name
    acme.callers["us"].evaluate(counterpartyName="Nobody In Particular")
    (evaluation,) = evaluations(acme, "us")
    assert evaluation.list_generation == f"{public}+{added.data['generation']}"


def test_public_lists_are_searched_beside_private_ones(acme: Bank) -> None:
    add(acme.callers["us"], make_list(acme.callers["us"]), PERSON)
    assert sanctions(acme.callers["us"], SANCTIONED)["score"] == 95


@pytest.mark.parametrize(("category", "score"), [("sanctions", 95), ("pep", 70), ("adverse_media", 60)])
def test_the_category_of_a_list_is_that_of_its_entries(acme: Bank, category: str, score: int) -> None:
    watchlist = make_list(acme.callers["us"], category=category)
    add(acme.callers["us"], watchlist, PERSON)
    assert sanctions(acme.callers["us"], "Zygmunt Przybyszewski")["score"] == score


def test_an_entry_that_is_removed_is_screened_no_more(acme: Bank) -> None:
    caller = acme.callers["us"]
    watchlist = make_list(caller)
    other = {"fullName": "Wladyslaw Brzezinski", "reference": "f-2"}
    first, _ = add(caller, watchlist, PERSON, other).data["entries"]
    answer = caller.call("DELETE", f"/api/watchlists/{watchlist}/entries/{first['id']}")
    changed()
    assert answer.status == 200
    assert answer.data["entries"] == [{"id": first["id"], "reference": "f-1", "outcome": "removed"}]
    assert sanctions(caller, "Zygmunt Przybyszewski")["score"] == 0
    assert sanctions(caller, "Wladyslaw Brzezinski")["score"] == 60
    assert caller.call("DELETE", f"/api/watchlists/{watchlist}/entries/{first['id']}").status == 404


def test_the_last_entry_and_the_list_can_go(acme: Bank) -> None:
    caller = acme.callers["us"]
    watchlist = make_list(caller)
    (entry,) = add(caller, watchlist, PERSON).data["entries"]
    caller.call("DELETE", f"/api/watchlists/{watchlist}/entries/{entry['id']}")
    changed()
    assert sanctions(caller, "Zygmunt Przybyszewski")["score"] == 0
    add(caller, watchlist, PERSON)
    assert caller.call("DELETE", f"/api/watchlists/{watchlist}").status == 200
    changed()
    assert sanctions(caller, "Zygmunt Przybyszewski")["score"] == 0
    assert caller.get(f"/api/watchlists/{watchlist}").status == 404
    with acme.seeing("us"):
        assert not WatchlistEntry.objects.filter(organisation_id=acme.id).exists()


def test_the_same_reference_again_replaces_and_keeps_its_id(acme: Bank) -> None:
    caller = acme.callers["us"]
    watchlist = make_list(caller)
    (first,) = add(caller, watchlist, PERSON).data["entries"]
    again = add(caller, watchlist, PERSON)
    assert again.data == {"generation": None, "entries": [{**first, "outcome": "unchanged"}]}
    replaced = add(caller, watchlist, {**PERSON, "fullName": "Kazimierz Wojciechowski", "aliases": []})
    assert replaced.data["entries"] == [{**first, "outcome": "changed"}]
    assert sanctions(caller, "Zygmunt Przybyszewski")["score"] == 0
    assert sanctions(caller, "Kazimierz Wojciechowski")["score"] == 60
    assert caller.get(f"/api/watchlists/{watchlist}").data["entryCount"] == 1


def test_entries_are_shown_as_they_were_sent_and_the_look_is_recorded(acme: Bank) -> None:
    caller = acme.callers["us"]
    watchlist = make_list(caller)
    add(caller, watchlist, PERSON)
    (entry,) = caller.get(f"/api/watchlists/{watchlist}/entries").data
    assert entry["id"].startswith("ent_")
    assert entry["entryId"] == f"{watchlist}:f-1"
    for name in ("fullName", "aliases", "weakAliases", "entityType", "reason", "addedBy"):
        assert entry[name] == PERSON[name]
    assert entry["datesOfBirth"] == ["1970-05-01"]
    assert (entry["countries"], entry["identifiers"]) == (["PL"], ["PL-70050112345"])
    with acme.seeing("us"):
        actions = set(AuditEntry.objects.values_list("action", flat=True))
    assert {"watchlist.created", "watchlist.entries_added", "watchlist.viewed"} <= actions


def test_names_of_private_entries_lie_nowhere_in_the_open(
    acme: Bank, owner_connection, state_directory
) -> None:
    add(acme.callers["us"], make_list(acme.callers["us"]), PERSON)
    sanctions(acme.callers["us"], "Somebody Else")
    with everything_visible(owner_connection) as connection:
        for table in tables(connection):
            query = sql.SQL("SELECT count(*) FROM {} t WHERE t::text ILIKE '%przybysz%'")
            rows = connection.execute(query.format(sql.Identifier(table)))
            assert rows.fetchone() == (0,), table
    for file in Path(state_directory).rglob("*"):
        if file.is_file() and file.suffix in {".npy", ".json"}:
            assert b"przybysz" not in file.read_bytes().lower(), file


def test_an_entry_is_found_in_pages_and_by_its_reference(acme: Bank) -> None:
    caller = acme.callers["us"]
    watchlist = make_list(caller)
    entries = [{"fullName": f"Person Number {letter}", "reference": letter} for letter in "abcde"]
    add(caller, watchlist, *entries)
    path = f"/api/watchlists/{watchlist}/entries"
    assert {entry["reference"] for entry in every(caller, path)} == set("abcde")
    (one,) = caller.get(f"{path}?reference=c").data
    assert one["fullName"] == "Person Number c"


def test_a_change_tells_every_team_of_the_organisation(acme: Bank, rival: Bank) -> None:
    watchlist = make_list(acme.callers["us"])
    add(acme.callers["us"], watchlist, PERSON, {"fullName": "Another One"})
    for pack in ("us", "ng"):
        (event,) = [one for one in events(acme, pack) if one.event == "watchlist.refreshed"]
        assert event.payload == {
            "watchlistId": watchlist,
            "code": watchlist,
            "name": "Former customers",
            "added": 2,
            "changed": 0,
            "removed": 0,
            "entries": 2,
            "generation": event.payload["generation"],
        }
    assert not [one for one in events(rival, "us") if watchlist in str(one.payload)]


def test_a_refreshed_public_list_tells_everybody_once(acme: Bank, rival: Bank, tmp_path: Path) -> None:
    code = new_code()
    loaded = load(write(tmp_path / "list.csv", code, range(4)), code)
    tell_organisations()
    for bank in (acme, rival):
        (event,) = [one for one in events(bank, "us") if one.payload.get("code") == code]
        assert (event.payload["added"], event.payload["generation"]) == (4, loaded.generation)


def test_public_lists_show_how_fresh_they_are(acme: Bank, tmp_path: Path) -> None:
    code = new_code()
    load(write(tmp_path / "list.csv", code, range(4)), code)
    get = acme.callers["us"].get
    (shown,) = [one for one in every(acme.callers["us"], "/api/watchlists") if one["code"] == code]
    assert (shown["isPrivate"], shown["entryCount"], shown["freshness"]) == (False, 4, "fresh")
    assert 0 <= shown["ageSeconds"] < 60
    assert shown["refresh"] is None
    with writing(None):
        Watchlist.objects.filter(code=code).update(loaded_at=timezone.now() - timedelta(days=3))
    assert get(f"/api/watchlists/{shown['id']}").data["freshness"] == "aging"
    with writing(None):
        Watchlist.objects.filter(code=code).update(loaded_at=timezone.now() - timedelta(days=8))
    assert get(f"/api/watchlists/{shown['id']}").data["freshness"] == "old"


def public_list(caller: Caller, code: str) -> str:
    (shown,) = [one for one in every(caller, "/api/watchlists") if one["code"] == code]
    return shown["id"]


def test_a_public_list_cannot_be_changed_by_anybody(acme: Bank) -> None:
    caller = acme.callers["us"]
    watchlist = public_list(caller, "demo")
    answers = [
        add(caller, watchlist, PERSON),
        caller.call("DELETE", f"/api/watchlists/{watchlist}"),
        caller.call("DELETE", f"/api/watchlists/{watchlist}/entries/ent_01HXY3V9K2M4N6P8Q0R2S4T6V8"),
    ]
    assert {(answer.status, answer.error["code"]) for answer in answers} == {(403, "public_list")}


def test_a_refresh_makes_the_source_due_at_most_once_a_minute(acme: Bank, tmp_path: Path) -> None:
    caller, code = acme.callers["us"], new_code()
    path = write(tmp_path / "list.csv", code, range(4))
    call_command("watchlist_source", "add", code, "csv", str(path), "--kind", "sanctions")
    call_command("refresh_watchlists", code)
    watchlist = public_list(caller, code)
    source = WatchlistSource.objects.get(code=code)
    assert source.due_at > timezone.now() + timedelta(hours=23)
    answer = caller.post(f"/api/watchlists/{watchlist}/refresh")
    assert answer.status == 202
    source.refresh_from_db()
    assert source.due_at == source.last_success_at + timedelta(seconds=60)
    shown = caller.get(f"/api/watchlists/{watchlist}").data["refresh"]
    assert (shown["from"], shown["cadenceSeconds"], shown["lastFailure"]) == ("file", 86_400, None)
    with writing(None):
        WatchlistSource.objects.filter(code=code).delete()
    assert caller.post(f"/api/watchlists/{watchlist}/refresh").error["code"] == "no_source"
    assert caller.post(f"/api/watchlists/{make_list(caller)}/refresh").error["code"] == "no_source"


def test_the_difference_of_two_generations(acme: Bank) -> None:
    caller = acme.callers["us"]
    watchlist = make_list(caller)
    first = add(caller, watchlist, PERSON, {"fullName": "Second Person", "reference": "f-2"})
    second = add(
        caller,
        watchlist,
        {**PERSON, "dateOfBirth": "1971"},
        *({"fullName": f"Person Number {letter}", "reference": letter} for letter in "abc"),
    )
    gone = next(one for one in first.data["entries"] if one["reference"] == "f-2")
    third = caller.call("DELETE", f"/api/watchlists/{watchlist}/entries/{gone['id']}")
    path = f"/api/watchlists/{watchlist}/diff"

    def changes(query: str) -> set[tuple[str, str]]:
        return {(one["change"], one["reference"]) for one in every(caller, path + query)}

    generations = [answer.data["generation"] for answer in (first, second, third)]
    assert changes("") == {("removed", "f-2")}
    assert changes(f"?to={generations[0]}") == {("added", "f-1"), ("added", "f-2")}
    in_second = {("changed", "f-1"), ("added", "a"), ("added", "b"), ("added", "c")}
    assert changes(f"?to={generations[1]}") == in_second
    assert changes(f"?from={generations[0]}&to={generations[2]}") == in_second | {("removed", "f-2")}
    backwards = caller.get(f"{path}?from={generations[2]}&to={generations[0]}")
    assert backwards.error["errors"][0]["path"] == "from"
    assert caller.get(f"{path}?to=gen_01HXY3V9K2M4N6P8Q0R2S4T6V8").status == 404


@pytest.mark.parametrize(
    ("entry", "path"),
    [
        ({}, "entries[0].fullName"),
        ({"fullName": "   "}, "entries[0].fullName"),
        ({"fullName": "😀"}, "entries[0].fullName"),
        ({"fullName": "x" * 301}, "entries[0].fullName"),
        ({"fullName": "A Person", "aliases": "no list"}, "entries[0].aliases"),
        ({"fullName": "A Person", "aliases": ["fine", 7]}, "entries[0].aliases[1]"),
        ({"fullName": "A Person", "weakAliases": ["x"] * 51}, "entries[0].weakAliases"),
        ({"fullName": "A Person", "entityType": "robot"}, "entries[0].entityType"),
        ({"fullName": "A Person", "dateOfBirth": "1970-02-30"}, "entries[0].dateOfBirth"),
        ({"fullName": "A Person", "dateOfBirth": "about 1970"}, "entries[0].dateOfBirth"),
        ({"fullName": "A Person", "countries": ["Poland"]}, "entries[0].countries[0]"),
        ({"fullName": "A Person", "nationalId": 7}, "entries[0].nationalId"),
        ({"fullName": "A Person", "reference": "x" * 129}, "entries[0].reference"),
        ({"fullName": "A Person", "reason": "a\u0000b"}, "entries[0].reason"),
        ({"fullName": "A Person", "score": 1}, "entries[0].score"),
        ("A Person", "entries[0]"),
    ],
)
def test_an_entry_that_cannot_be_read_is_refused_with_its_path(acme: Bank, entry: Any, path: str) -> None:
    watchlist = make_list(acme.callers["us"])
    answer = add(acme.callers["us"], watchlist, entry, {"fullName": "Good Person"})
    assert answer.status == 400
    assert [problem["path"] for problem in answer.error["errors"]] == [path]
    assert acme.callers["us"].get(f"/api/watchlists/{watchlist}").data["entryCount"] == 0


def test_a_call_takes_a_thousand_entries_and_no_more(acme: Bank) -> None:
    caller = acme.callers["us"]
    watchlist = make_list(caller)
    entries = [
        {
            "fullName": f"Person Number {number}",
            "reference": str(number),
            "reason": "r" * 500,
            "addedBy": "a" * 128,
        }
        for number in range(1_001)
    ]
    assert add(caller, watchlist, *entries).error["errors"][0]["path"] == "entries"
    assert add(caller, watchlist).error["errors"][0]["path"] == "entries"
    answer = add(caller, watchlist, *entries[:1_000])
    assert answer.status == 201
    assert len(answer.data["entries"]) == 1_000
    assert add(caller, watchlist, entries[0], entries[0]).error["errors"][0]["path"] == "entries[1].reference"


def test_there_is_a_limit_to_lists_and_entries(acme: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    caller = acme.callers["us"]
    monkeypatch.setattr(services, "MOST_PRIVATE_LISTS", 1)
    monkeypatch.setattr(private_lists, "MOST_ENTRIES", 2)
    watchlist = make_list(caller)
    second = caller.post("/api/watchlists", {"name": "Second", "category": "internal"})
    assert (second.status, second.error["code"]) == (409, "too_many_lists")
    assert add(caller, watchlist, {"fullName": "One Person"}, {"fullName": "Two Person"}).status == 201
    third = add(caller, watchlist, {"fullName": "Three Person"})
    assert (third.status, third.error["code"]) == (409, "too_many_entries")


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"category": "internal"}, "name"),
        ({"name": " ", "category": "internal"}, "name"),
        ({"name": "x" * 201, "category": "internal"}, "name"),
        ({"name": "A list"}, "category"),
        ({"name": "A list", "category": "mixed"}, "category"),
        ({"name": "A list", "category": "internal", "source": "https://example.com"}, "source"),
        ({"name": "A list", "category": "internal", "code": "own"}, "code"),
    ],
)
def test_a_list_that_cannot_be_made_is_refused_with_the_field(acme: Bank, body: Any, path: str) -> None:
    answer = acme.callers["us"].post("/api/watchlists", body)
    assert answer.status == 400
    assert [problem["path"] for problem in answer.error["errors"]] == [path]


def test_reading_and_writing_need_their_scopes(acme: Bank) -> None:
    watchlist = make_list(acme.callers["us"])
    reader, writer = acme.new_key("us", scopes=("read",)), acme.new_key("us", scopes=("write",))
    assert reader.get("/api/watchlists").status == 200
    assert add(reader, watchlist, PERSON).status == 403
    assert reader.call("DELETE", f"/api/watchlists/{watchlist}").status == 403
    assert reader.post(f"/api/watchlists/{watchlist}/refresh").status == 403
    assert add(writer, watchlist, PERSON).status == 201
    assert writer.get(f"/api/watchlists/{watchlist}/entries").status == 403


def test_another_organisations_list_is_unknown(acme: Bank, rival: Bank) -> None:
    watchlist = make_list(acme.callers["us"])
    (entry,) = add(acme.callers["us"], watchlist, PERSON).data["entries"]
    stranger = rival.callers["us"]
    for method, rest, body in (
        ("GET", "", None),
        ("DELETE", "", None),
        ("GET", "/entries", None),
        ("POST", "/entries", {"entries": [PERSON]}),
        ("DELETE", f"/entries/{entry['id']}", None),
        ("POST", "/refresh", None),
        ("GET", "/diff", None),
    ):
        theirs = stranger.call(method, f"/api/watchlists/{watchlist}{rest}", body)
        nobodys = stranger.call(method, f"/api/watchlists/{UNKNOWN}{rest}", body)
        assert theirs.status == nobodys.status == 404
    assert watchlist not in {one["id"] for one in every(stranger, "/api/watchlists")}
    assert acme.callers["us"].get(f"/api/watchlists/{watchlist}").data["entryCount"] == 1


def test_a_private_list_can_be_loaded_from_a_file(acme: Bank, rival: Bank, tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text("Full Name,Ref\nStanislaw Wieczorek,7\nZbigniew Kaczmarek,8\n")
    columns = ("--column", "name=Full Name", "--column", "reference=Ref")
    # Any name may be that of a public list, which all tests share.
    code = new_code()
    call_command("load_watchlist", "csv", str(path), "--code", code, "--organisation", str(acme.id), *columns)
    changed()
    assert sanctions(acme.callers["us"], "Stanislaw Wieczorek")["score"] == 60
    assert sanctions(rival.callers["us"], "Stanislaw Wieczorek")["score"] == 0
    (shown,) = [one for one in every(acme.callers["us"], "/api/watchlists") if one["code"] == code]
    assert (shown["isPrivate"], shown["entryCount"], shown["source"]) == (True, 2, "csv")
    refused = add(acme.callers["us"], shown["id"], PERSON)
    assert (refused.status, refused.error["code"]) == (409, "list_from_file")
    with acme.seeing("us"):
        assert not WatchlistEntry.objects.filter(organisation_id=acme.id, document__isnull=False).exists()


def test_a_new_entry_comes_into_effect_in_a_process_that_only_looks(acme: Bank) -> None:
    """Without the test telling the process that something has changed."""
    caller = acme.callers["us"]
    watchlist = make_list(caller)
    assert sanctions(caller, "Bogumil Szczepanski")["score"] == 0
    caller.post(f"/api/watchlists/{watchlist}/entries", {"entries": [{"fullName": "Bogumil Szczepanski"}]})
    in_effect = at_most(5.0, patience_seconds=120.0)
    wait_until(lambda: sanctions(caller, "Bogumil Szczepanski")["score"] == 60, seconds=in_effect)
