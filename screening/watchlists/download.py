"""Fetches the files of a list from its publisher: bounded in size and time, and only what is newer.

Each redirect is judged like the first address, and every connection where it is made (webhooks/egress). An address may
carry a token, so it is never logged or quoted.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Final
from urllib.parse import urljoin

import aiohttp

from screening.watchlists.formats.records import MAXIMUM_FILE_BYTES
from webhooks.egress import Refused, Targets, check_url
from webhooks.egress.connector import guarded_connector

TIMEOUT_SECONDS: Final = 900
_CONNECT_SECONDS: Final = 10
_SILENCE_SECONDS: Final = 60
_MOST_REDIRECTS: Final = 5
_CHUNK_BYTES: Final = 1024 * 1024
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
Validators = Mapping[str, Mapping[str, str]]
"""By file name what its server said of it: `etag`, `lastModified`."""


class FetchFailed(Exception):
    """The publisher's server could not be asked, or its answer is no list; the text is for an operator."""


@dataclass(frozen=True)
class Fetched:
    """Files that were fetched whole, with what to ask for next time; `is_new` is False where none has changed."""

    is_new: bool
    validators: dict[str, dict[str, str]]


def fetch(
    addresses: Mapping[str, str], folder: Path, known: Validators, *, most_bytes: int = MAXIMUM_FILE_BYTES
) -> Fetched:
    """Fetches every file (name -> address) into the folder; raises FetchFailed. Several files are taken all or none."""
    return asyncio.run(_fetch_all(addresses, folder, known, most_bytes))


async def _fetch_all(
    addresses: Mapping[str, str], folder: Path, known: Validators, most_bytes: int
) -> Fetched:
    targets = Targets.from_settings()
    timeout = aiohttp.ClientTimeout(
        total=TIMEOUT_SECONDS, sock_connect=_CONNECT_SECONDS, sock_read=_SILENCE_SECONDS
    )
    connector = guarded_connector(targets)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout, trust_env=False) as session:
        download = _Download(session, targets, folder, most_bytes)
        found = {name: await download.file(name, addresses[name], known.get(name, {})) for name in addresses}
        if all(got is None for got in found.values()):
            return Fetched(False, {name: dict(values) for name, values in known.items()})
        for name in [name for name, got in found.items() if got is None]:
            # Files of one list belong together: an unchanged one is needed beside those that changed.
            found[name] = await download.file(name, addresses[name], {})
        return Fetched(True, {name: got or {} for name, got in found.items()})


@dataclass(frozen=True)
class _Download:
    """One session's way of fetching a file."""

    session: aiohttp.ClientSession
    targets: Targets
    folder: Path
    most_bytes: int

    async def file(self, name: str, address: str, known: Mapping[str, str]) -> dict[str, str] | None:
        """Writes one file; None where it is as it was."""
        try:
            return await self._follow(name, address, known)
        except Refused as refused:
            raise FetchFailed(f"{name} may not be fetched from there: {refused.reason}") from None
        except TimeoutError:
            raise FetchFailed(f"{name} took too long") from None
        except (aiohttp.ClientError, OSError) as error:
            reason = getattr(getattr(error, "os_error", None), "reason", None)
            raise FetchFailed(f"{name} could not be fetched: {reason or type(error).__name__}") from None

    async def _follow(self, name: str, address: str, known: Mapping[str, str]) -> dict[str, str] | None:
        for _ in range(_MOST_REDIRECTS + 1):
            check_url(address, self.targets)
            async with self.session.get(address, headers=_headers(known), allow_redirects=False) as answer:
                if answer.status in _REDIRECTS and "Location" in answer.headers:
                    address = urljoin(address, answer.headers["Location"])
                    continue
                if answer.status == HTTPStatus.NOT_MODIFIED and known:
                    return None
                if answer.status != HTTPStatus.OK:
                    raise FetchFailed(f"the server answered {answer.status} for {name}")
                await _write(answer, self.folder / name, self.most_bytes, name)
                return _validators(answer)
        raise FetchFailed(f"the server redirects {name} more than {_MOST_REDIRECTS} times")


async def _write(answer: aiohttp.ClientResponse, path: Path, most_bytes: int, name: str) -> None:
    written = 0
    with path.open("wb") as file:
        async for chunk in answer.content.iter_chunked(_CHUNK_BYTES):
            written += len(chunk)
            if written > most_bytes:
                raise FetchFailed(f"{name} is larger than {most_bytes} bytes")
            file.write(chunk)
    length = answer.headers.get("Content-Length", "")
    if length.isdigit() and "Content-Encoding" not in answer.headers and int(length) != written:
        raise FetchFailed(f"{name} broke off")


def _headers(known: Mapping[str, str]) -> dict[str, str]:
    headers = {"User-Agent": "Ratel", "Accept": "*/*"}
    if known.get("etag"):
        headers["If-None-Match"] = known["etag"]
    if known.get("lastModified"):
        headers["If-Modified-Since"] = known["lastModified"]
    return headers


def _validators(answer: aiohttp.ClientResponse) -> dict[str, str]:
    said = {"etag": answer.headers.get("ETag", ""), "lastModified": answer.headers.get("Last-Modified", "")}
    return {name: value[:256] for name, value in said.items() if value}
