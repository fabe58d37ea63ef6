"""Where lists are read from, how often, and what came of it. The row is the truth of what is due.

Whoever refreshes a source holds it by a lease: one that dies is replaced when the lease is over. A refresh that fails
changes no list; it is tried again sooner than the cadence says, and the source tells why.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, cast
from urllib.parse import urljoin, urlsplit

import structlog
from django.db.models import Q
from django.utils import timezone

from screening.models import Watchlist, WatchlistSource
from screening.names.entity import ListKind
from screening.watchlists.download import FetchFailed, fetch
from screening.watchlists.formats import Intake, ListRefused, files_of
from screening.watchlists.generations import ListFile, Loaded, load_list
from screening.watchlists.writing import Progress, writing

log = structlog.get_logger(__name__)
SHORTEST_CADENCE_SECONDS: Final = 60
LONGEST_CADENCE_SECONDS: Final = 30 * 24 * 3_600
_LEASE: Final = timedelta(minutes=45)
_FIRST_RETRY_SECONDS: Final = 60
_MOST_DOUBLINGS: Final = 6
_SCHEMES: Final = ("https", "http")


def is_remote(location: str) -> bool:
    return urlsplit(location).scheme in _SCHEMES


def take_due() -> WatchlistSource | None:
    """The source that is due longest and that nobody else refreshes, held by a lease from now on."""
    now = timezone.now()
    with writing(None):
        source = (
            WatchlistSource.objects.select_for_update(skip_locked=True)
            .filter(organisation_id=None, is_enabled=True, due_at__lte=now)
            .filter(Q(lease_until=None) | Q(lease_until__lte=now))
            .order_by("due_at")
            .first()
        )
        if source is not None:
            source.lease_until = now + _LEASE
            source.save(update_fields=["lease_until"])
    return source


def anything_due() -> bool:
    now = timezone.now()
    due = WatchlistSource.objects.filter(organisation_id=None, is_enabled=True, due_at__lte=now)
    return due.filter(Q(lease_until=None) | Q(lease_until__lte=now)).exists()


def refresh_due(progress: Progress = lambda _: None) -> int:
    """Refreshes one source after the other until none is due; how many there were."""
    done = 0
    while (source := take_due()) is not None:
        refresh(source, progress)
        done += 1
    return done


def refresh(source: WatchlistSource, progress: Progress = lambda _: None) -> Loaded | None:
    """Reads a source that is held; the result, or None where nothing has changed or it failed. Never raises for what the
    publisher did."""
    try:
        with _files(source) as (path, validators):
            loaded = None if path is None else _load(source, path, progress)
    except (ListRefused, FetchFailed) as refused:
        _failed(source, str(refused))
        return None
    except Exception as error:
        _failed(source, f"unexpected: {type(error).__name__}")
        raise
    _succeeded(source, validators)
    return loaded


@contextmanager
def _files(source: WatchlistSource) -> Iterator[tuple[Path | None, dict[str, Any]]]:
    """The source's file or folder on this host, None where the publisher says that it is as it was."""
    if not is_remote(source.location):
        yield Path(source.location), {}
        return
    with tempfile.TemporaryDirectory(prefix="ratel-list-") as name:
        folder = Path(name)
        fetched = fetch(addresses_of(source), folder, source.validators)
        several = files_of(source.format)
        only = next(iter(addresses_of(source)))
        yield (folder if several else folder / only) if fetched.is_new else None, fetched.validators


def addresses_of(source: WatchlistSource) -> dict[str, str]:
    """File name -> address. Of a format of several files the location is the folder that they are in."""
    several = files_of(source.format)
    if several:
        base = source.location if source.location.endswith("/") else f"{source.location}/"
        return {name: urljoin(base, name) for name in several}
    return {source.code: source.location}


def _load(source: WatchlistSource, path: Path, progress: Progress) -> Loaded | None:
    file = ListFile(
        format=source.format,
        path=path,
        code=source.code,
        name=source.name,
        kind=cast("ListKind | None", source.kind),
        columns=source.columns,
        canaries=tuple(source.canaries),
        minimum_share_of_previous=source.minimum_share,
    )
    if _is_as_loaded(file):
        return None
    return load_list(file, progress=progress)


def _is_as_loaded(file: ListFile) -> bool:
    """Whether exactly these files are what was loaded last."""
    loaded = Watchlist.objects.filter(organisation_id=None, code=file.code, revision__gt=0).first()
    if loaded is None or loaded.source_format != file.format:
        return False
    try:
        return Intake(file.format, file.path).digest() == loaded.source_digest
    except OSError as error:
        raise ListRefused(f"{file.path.name} cannot be read") from error


def _succeeded(source: WatchlistSource, validators: dict[str, Any]) -> None:
    now = timezone.now()
    _write(
        source,
        last_success_at=now,
        last_failure="",
        failures_in_a_row=0,
        validators=validators,
        due_at=now + timedelta(seconds=source.cadence_seconds),
        lease_until=None,
    )
    with writing(None):
        Watchlist.objects.filter(organisation_id=None, code=source.code, revision__gt=0).update(loaded_at=now)


def _failed(source: WatchlistSource, reason: str) -> None:
    now = timezone.now()
    wait = min(
        source.cadence_seconds, _FIRST_RETRY_SECONDS * 2 ** min(source.failures_in_a_row, _MOST_DOUBLINGS)
    )
    log.warning("list_not_refreshed", list=source.code, failures=source.failures_in_a_row + 1)
    _write(
        source,
        last_failure_at=now,
        last_failure=reason[:500],
        failures_in_a_row=source.failures_in_a_row + 1,
        due_at=now + timedelta(seconds=wait),
        lease_until=None,
    )


def _write(source: WatchlistSource, **fields: Any) -> None:
    """Only the outcome is written: what an operator changed meanwhile stays."""
    with writing(None):
        WatchlistSource.objects.filter(id=source.id).update(**fields)
