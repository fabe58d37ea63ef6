"""Sources are refreshed when they are due, by one at a time; what goes wrong changes no list and is told."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from screening.models import Watchlist, WatchlistSource
from screening.watchlists import download
from screening.watchlists.sources import anything_due, refresh, refresh_due, take_due
from screening.watchlists.tasks import tend_lists
from screening.watchlists.writing import writing
from tests.watchlists.public import in_force, new_code, references, wait_until, write
from tests.watchlists.publisher import Publisher, publishing

LIST = "/list.csv"


@pytest.fixture(autouse=True)
def database(no_sources: None) -> None:
    """Sources of other tests are not due."""


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    with publishing() as found:
        yield found


def publish(publisher: Publisher, tmp_path: Path, code: str, numbers: range) -> None:
    publisher.files[LIST] = write(tmp_path / "published.csv", code, numbers).read_bytes()


def source(location: str, code: str, **fields: Any) -> WatchlistSource:
    given = {
        "format": "csv",
        "kind": "sanctions",
        "cadence_seconds": 3_600,
        "due_at": timezone.now(),
        **fields,
    }
    with writing(None):
        return WatchlistSource.objects.create(
            organisation_id=None, code=code, name="A test's list", location=location, **given
        )


def again(one: WatchlistSource) -> WatchlistSource:
    one.refresh_from_db()
    return one


def make_due(one: WatchlistSource) -> None:
    with writing(None):
        WatchlistSource.objects.filter(id=one.id).update(due_at=timezone.now(), lease_until=None)


def test_a_source_that_is_due_is_loaded_and_due_again_after_its_cadence(
    publisher: Publisher, tmp_path: Path
) -> None:
    code = new_code()
    publish(publisher, tmp_path, code, range(5))
    one = source(publisher.base_url + LIST, code)
    assert anything_due()
    assert refresh_due() == 1
    assert references(code) == {f"r{number}" for number in range(5)}
    assert again(one).last_success_at is not None
    assert one.last_failure == ""
    assert one.lease_until is None
    assert timedelta(seconds=3_590) < one.due_at - timezone.now() <= timedelta(seconds=3_600)
    assert not anything_due()


def test_what_has_not_changed_is_not_sent_again_but_counts_as_fresh(
    publisher: Publisher, tmp_path: Path
) -> None:
    code = new_code()
    publish(publisher, tmp_path, code, range(5))
    one = source(publisher.base_url + LIST, code)
    refresh_due()
    generation, loaded_at = in_force().name, Watchlist.objects.get(code=code).loaded_at
    make_due(one)
    assert refresh_due() == 1
    assert [status for _, status in publisher.asked] == [200, 304]
    assert in_force().name == generation
    assert Watchlist.objects.get(code=code).loaded_at > loaded_at


def test_the_same_bytes_without_a_validator_make_no_generation(publisher: Publisher, tmp_path: Path) -> None:
    code = new_code()
    publish(publisher, tmp_path, code, range(5))
    one = source(publisher.base_url + LIST, code)
    refresh_due()
    generation = in_force().name
    with writing(None):
        WatchlistSource.objects.filter(id=one.id).update(validators={})
    make_due(one)
    refresh_due()
    assert [status for _, status in publisher.asked] == [200, 200]
    assert in_force().name == generation


def test_files_that_belong_together_come_from_one_folder(
    publisher: Publisher, samples: Path, tmp_path: Path
) -> None:
    code = new_code()
    for name in ("sdn.csv", "alt.csv", "add.csv"):
        publisher.files[f"/ofac/{name}"] = (samples / "ofac" / name).read_bytes()
    one = source(f"{publisher.base_url}/ofac", code, format="ofac-sdn", minimum_share=0.0)
    refresh_due()
    assert again(one).last_failure == ""
    assert len(references(code)) == 5
    publisher.files["/ofac/alt.csv"] += b'36,12,"aka","ANOTHER NAME",-0- \n'
    make_due(one)
    publisher.asked.clear()
    refresh_due()
    assert again(one).last_failure == ""
    assert publisher.asked.count(("/ofac/sdn.csv", 304)) == 1
    assert publisher.asked.count(("/ofac/sdn.csv", 200)) == 1


def fails_with_status(publisher: Publisher) -> None:
    publisher.statuses[LIST] = 503


def fails_half_way(publisher: Publisher) -> None:
    publisher.cut_off.add(LIST)


def fails_as_a_page(publisher: Publisher) -> None:
    publisher.files[LIST] = b"<html><body>Maintenance</body></html>"


def fails_shrunken(publisher: Publisher) -> None:
    publisher.files[LIST] = b"name,reference\nOnly One Left,r1\n"


def fails_away(publisher: Publisher) -> None:
    publisher.redirects[LIST] = "http://127.0.0.1:1/list.csv"


def fails_to_metadata(publisher: Publisher) -> None:
    publisher.redirects[LIST] = "http://169.254.169.254/latest/meta-data"


def fails_round_and_round(publisher: Publisher) -> None:
    publisher.redirects[LIST] = publisher.base_url + LIST


@pytest.mark.parametrize(
    ("failure", "says"),
    [
        (fails_with_status, "answered 503"),
        (fails_half_way, "could not be fetched"),
        (fails_as_a_page, "HTML page"),
        (fails_shrunken, "shrank"),
        (fails_away, "could not be fetched"),
        (fails_to_metadata, "may not be fetched from there"),
        (fails_round_and_round, "redirects"),
    ],
)
def test_a_publisher_that_fails_changes_nothing_and_is_tried_again_sooner(
    publisher: Publisher, tmp_path: Path, failure: Any, says: str
) -> None:
    code = new_code()
    publish(publisher, tmp_path, code, range(5))
    one = source(publisher.base_url + LIST, code)
    refresh_due()
    generation = in_force().name
    with writing(None):
        WatchlistSource.objects.filter(id=one.id).update(validators={})
    failure(publisher)
    make_due(one)
    refresh_due()
    assert says in again(one).last_failure
    assert publisher.base_url not in one.last_failure
    assert (one.failures_in_a_row, one.lease_until) == (1, None)
    assert one.due_at - timezone.now() <= timedelta(seconds=60)
    assert in_force().name == generation
    assert references(code) == {f"r{number}" for number in range(5)}
    make_due(one)
    refresh_due()
    assert again(one).failures_in_a_row == 2
    assert timedelta(seconds=60) < one.due_at - timezone.now() <= timedelta(seconds=120)


def test_a_download_is_bounded(publisher: Publisher, tmp_path: Path) -> None:
    publisher.files[LIST] = b"x" * 5_000_000
    with pytest.raises(download.FetchFailed, match="larger than 1000000 bytes"):
        download.fetch({"list": publisher.base_url + LIST}, tmp_path, {}, most_bytes=1_000_000)


def test_a_source_that_somebody_holds_is_left_alone_until_the_lease_is_over(
    publisher: Publisher, tmp_path: Path
) -> None:
    code = new_code()
    publish(publisher, tmp_path, code, range(5))
    one = source(publisher.base_url + LIST, code)
    held = take_due()
    assert held is not None
    assert take_due() is None
    assert not anything_due()
    assert refresh_due() == 0
    with writing(None):
        WatchlistSource.objects.filter(id=one.id).update(lease_until=timezone.now())
    assert refresh_due() == 1
    assert references(code) != set()


def test_the_worker_has_another_process_refresh_what_is_due(tmp_path: Path) -> None:
    code = new_code()
    one = source(str(write(tmp_path / "list.csv", code, range(5))), code)
    tend_lists()
    wait_until(lambda: again(one).last_success_at is not None, seconds=60)
    assert references(code) == {f"r{number}" for number in range(5)}


def test_a_path_is_read_where_it_lies(tmp_path: Path) -> None:
    code = new_code()
    one = source(str(write(tmp_path / "list.csv", code, range(5))), code)
    assert refresh(one) is not None
    assert len(references(code)) == 5
    (tmp_path / "list.csv").unlink()
    refresh(one)
    assert "cannot be read" in again(one).last_failure


def test_the_commands_add_refresh_show_and_remove_a_source(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = new_code()
    path = write(tmp_path / "list.csv", code, range(5))
    call_command("watchlist_source", "add", code, "csv", str(path), "--every", "600", "--kind", "pep")
    call_command("refresh_watchlists", code)
    call_command("watchlist_source", "show")
    shown = capsys.readouterr().out
    assert "5 entries (5 added" in shown
    assert f"{code} (csv, every 600 s): refreshed" in shown
    assert Watchlist.objects.get(code=code).category == "pep"
    path.write_text("nothing")
    with pytest.raises(CommandError, match="the list is as it was"):
        call_command("refresh_watchlists", code)
    call_command("watchlist_source", "remove", code)
    with pytest.raises(CommandError, match="no source"):
        call_command("refresh_watchlists", code)


@pytest.mark.parametrize("location", ["http://10.0.0.1/list.csv", "https://user:secret@example.com/list.csv"])
def test_a_source_in_the_inner_network_is_not_taken(location: str) -> None:
    with pytest.raises(CommandError, match="not fetched from there"):
        call_command("watchlist_source", "add", new_code(), "csv", location)
