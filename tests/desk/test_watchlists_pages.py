"""Lists at the desk: how fresh each is, what its last refresh brought, and private lists made, filled and emptied."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from ratel.identifiers import show
from screening.models import Watchlist, WatchlistEntry, WatchlistSource
from screening.watchlists.notices import PREFIX
from screening.watchlists.writing import writing
from teams.models import AuditEntry
from tests.cast import Bank, make_bank
from tests.desk.people import Seat, seat
from tests.evaluate.lists import load_demo_list
from tests.watchlists.public import load, name_of, new_code, write


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


@pytest.fixture(scope="module")
def refreshed(lists: None, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """A list that was refreshed once (r1 went, r2 has another birth date, r4 came) and has failed since; its code and
    shown id."""
    code, folder = new_code(), tmp_path_factory.mktemp("lists")
    load(write(folder / "first.csv", code, [1, 2, 3]), code, minimum_share_of_previous=0.1)
    load(write(folder / "second.csv", code, [2, 3, 4], r2="1970-01-02"), code, minimum_share_of_previous=0.1)
    with writing(None):
        WatchlistSource.objects.create(
            code=code,
            name=code,
            format="csv",
            location="https://lists.example.org/list.csv?token=secret",
            cadence_seconds=3_600,
            due_at=timezone.now() + timedelta(minutes=30),
            last_failure_at=timezone.now() - timedelta(minutes=5),
            last_failure="the publisher answered 500",
            failures_in_a_row=3,
        )
    return code, show(PREFIX, Watchlist.objects.get(organisation_id=None, code=code).id)


def private_list(analyst: Seat, name: str = "Former customers") -> str:
    answer = analyst.post("watchlist-create", name=name, category="internal")
    assert answer.status_code == 303
    return str(answer["Location"].rpartition("/")[2])


def test_the_last_refresh_is_shown_entry_by_entry_with_names(analyst: Seat, refreshed: tuple[str, str]):
    code, watchlist_id = refreshed
    page = text(analyst.get("watchlist", watchlist_id))
    for number in (1, 2, 4):
        assert name_of(code, number) in page
    assert "birth dates" in page
    everything = text(analyst.get("watchlist-changes", watchlist_id, format="csv"))
    found = sorted(line.split(",")[0].lstrip("\ufeff") for line in everything.splitlines()[1:])
    assert found == ["added", "changed", "removed"]


def test_a_list_says_how_old_it_is_what_it_is_measured_against_and_where_it_is_read(
    analyst: Seat, refreshed: tuple[str, str]
):
    page = text(analyst.get("watchlist", refreshed[1]))
    assert "could not be refreshed 3 times in a row" in page
    assert "the publisher answered 500" in page
    assert "lists.example.org" in page
    assert "secret" not in page
    assert "read every 1 h" in text(analyst.get("watchlists"))


def test_refresh_now_makes_the_source_due(analyst: Seat, refreshed: tuple[str, str]):
    code, watchlist_id = refreshed
    assert "will be read at" in text(analyst.do("watchlist-refresh", watchlist_id))
    assert WatchlistSource.objects.get(code=code).due_at < timezone.now() + timedelta(minutes=2)


def test_a_private_list_is_made_filled_and_deleted(acme: Bank, analyst: Seat):
    watchlist_id = private_list(analyst)
    assert "Nobody is on it yet" in text(analyst.get("watchlist", watchlist_id))
    added = analyst.do(
        "watchlist-entry-add",
        watchlist_id,
        fullName="Zygmunt Przybyszewski",
        aliases="Zygi; Z. P.",
        countries="pl",
    )
    assert "1 added" in text(added)
    assert "Zygi; Z. P." in text(added)
    with acme.seeing("us"):
        entry = WatchlistEntry.objects.get(watchlist__code=watchlist_id)
    removed = analyst.do("watchlist-entry-remove", watchlist_id, show("ent", entry.key))
    assert "Removed the entry" in text(removed)
    assert "Nobody is on it yet" in text(removed)
    assert "Deleted the list" in text(analyst.do("watchlist-delete", watchlist_id))
    assert analyst.get("watchlist", watchlist_id).status_code == 404


def test_what_is_wrong_with_an_entry_is_said_on_the_page_that_it_came_from(analyst: Seat):
    watchlist_id = private_list(analyst)
    back = analyst.url("watchlist", watchlist_id)
    page = text(
        analyst.do("watchlist-entry-add", watchlist_id, fullName="Ann Lee", dateOfBirth="3 May", back=back)
    )
    assert "dateOfBirth: must be YYYY, YYYY-MM or YYYY-MM-DD" in page
    assert "Nobody is on it yet" in page


CSV = (
    b"fullName,aliases,dateOfBirth,countries,reference\n"
    b"Ann Lee,Annie Lee; A. Lee,1980,ng,r1\n"
    b"Bob Roe,,someday,xx,r2\n"
    b"Carl Doe,,,,r1\n"
    b",,,,r3\n"
)


def upload(analyst: Seat, watchlist_id: str, content: bytes = CSV) -> Any:
    file = SimpleUploadedFile("people.csv", content, content_type="text/csv")
    return analyst.post("watchlist-import", watchlist_id, file=file)


def test_an_import_shows_bad_lines_with_their_numbers_and_adds_nothing_until_it_is_confirmed(
    acme: Bank, analyst: Seat
):
    watchlist_id = private_list(analyst)
    preview = upload(analyst, watchlist_id)
    page = text(preview)
    assert preview.status_code == 200
    assert "1 line can be added, 3 cannot" in page
    for said in ("must be YYYY", "must be an ISO 3166-1", "is that of line 2 too", "must be a name of 1 to"):
        assert said in page, said
    with acme.seeing("us"):
        assert not WatchlistEntry.objects.filter(watchlist__code=watchlist_id).exists()
    sealed = preview.context["sealed"]
    done = text(analyst.do("watchlist-import-confirm", watchlist_id, sealed=sealed))
    assert "1 added" in done
    assert "3 lines were left out" in done
    assert "Annie Lee" in done


def test_what_is_exported_can_be_imported_into_another_list(acme: Bank, analyst: Seat):
    first, second = private_list(analyst, "First"), private_list(analyst, "Second")
    for name, born, reference in (("Ann Lee", "1980", "r1"), ("Bob Roe", "1975-02-03", "r2")):
        given = {"fullName": name, "dateOfBirth": born, "reference": reference, "countries": "ng; id"}
        analyst.do("watchlist-entry-add", first, **given, aliases="A. N.; Other", reason="Asked by the court")
    exported = analyst.get("watchlist", first, format="csv").content
    lines = exported.decode("utf-8-sig").splitlines()
    assert lines[1] == "Bob Roe,A. N.; Other,,unknown,1975-02-03,NG; ID,,r2,Asked by the court,"
    sealed = upload(analyst, second, exported).context["sealed"]
    assert "2 added" in text(analyst.do("watchlist-import-confirm", second, sealed=sealed))
    again = analyst.get("watchlist", second, format="csv").content.decode("utf-8-sig").splitlines()
    assert sorted(again) == sorted(lines)
    one = analyst.get("watchlist", first, format="csv", reference="r1").content.decode("utf-8-sig")
    assert [line.split(",")[0] for line in one.splitlines()] == ["fullName", "Ann Lee"]


def test_what_was_shown_to_one_person_for_one_list_is_imported_by_nobody_else_and_nowhere_else(
    acme: Bank, analyst: Seat
):
    first, second = private_list(analyst, "First"), private_list(analyst, "Second")
    sealed = upload(analyst, first).context["sealed"]
    officer = seat(acme, "officer", "us")
    for somebody, watchlist_id in ((analyst, second), (officer, first)):
        answer = text(somebody.do("watchlist-import-confirm", watchlist_id, sealed=sealed))
        assert "must be chosen again" in answer


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"name\nAnn\n", "must name the columns"),
        (b"fullName\n", "has no entries"),
        (b"\xff\xfe\x00", "not UTF-8"),
        pytest.param(b"fullName\n" + b"Ann Lee\n" * 1_001, "at most 1000 entries", id="too many"),
        (b'fullName\n"Ann\n', "not CSV"),
    ],
)
def test_a_file_that_is_no_list_is_refused_whole(analyst: Seat, content: bytes, said: str):
    watchlist_id = private_list(analyst)
    upload(analyst, watchlist_id, content)
    assert said in text(analyst.get("watchlists"))


def test_a_look_at_a_private_list_is_written_down_and_names_are_not(acme: Bank, analyst: Seat):
    watchlist_id = private_list(analyst)
    analyst.do("watchlist-entry-add", watchlist_id, fullName="Wilhelmina Quartermain")
    analyst.get("watchlist", watchlist_id)
    with acme.seeing("us"):
        entries = list(AuditEntry.objects.filter(subject_id=watchlist_id))
    assert "watchlist.viewed" in {entry.action for entry in entries}
    assert not any("Quartermain" in f"{entry.before} {entry.after}" for entry in entries)


def test_another_bank_sees_public_lists_only(acme: Bank, analyst: Seat):
    watchlist_id = private_list(analyst, "Ours alone")
    rival = seat(make_bank("Rival Bank", "us", people=True), "officer", "us")
    assert "Ours alone" not in text(rival.get("watchlists"))
    assert rival.get("watchlist", watchlist_id).status_code == 404
    assert rival.post("watchlist-delete", watchlist_id).status_code == 404


def test_an_analyst_imports_a_file_into_a_new_list_and_looks_at_what_changed(
    visit, acme: Bank, tmp_path: Path
):
    file = tmp_path / "people.csv"
    file.write_bytes(CSV)
    analyst = visit(acme, "analyst")
    page = analyst.go("watchlists")
    analyst.press("n")
    page.keyboard.type("Known fraudsters")
    analyst.press("Enter")
    page.wait_for_url("**/watchlists/wls_*")
    analyst.press("i")
    analyst.assert_accessible()
    page.locator("#file").set_input_files(file)
    page.get_by_role("button", name="Show what it would add").click()
    page.wait_for_selector("#bad")
    analyst.assert_accessible()
    page.get_by_role("link", name="Known fraudsters").focus()
    analyst.press("y")
    page.wait_for_selector("text=1 added")
    analyst.assert_accessible()
    analyst.press("v")
    page.wait_for_url("**/changes?*")
    assert "Ann Lee" in analyst.text()
    analyst.assert_accessible()
    analyst.go("screenings")
    analyst.assert_accessible()
