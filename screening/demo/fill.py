"""Sends the demo's payments the way a bank's backend would: over HTTP, with a key, through `replay`.

Only what is not stored yet is sent, so that an interrupted first start is completed and a complete one is left alone.
"""

from datetime import datetime
from pathlib import Path
from typing import TextIO

import msgspec

from ratel.launcher import web
from ratel.tenancy import tenant
from screening.demo.bank import Bank
from screening.demo.document import Document
from screening.demo.traffic import Payment, payments
from screening.models import Transaction
from screening.replay.client import Destination
from screening.replay.item import ReadOptions
from screening.replay.readers import find_reader
from screening.replay.report import Report
from screening.replay.run import Plan, replay
from screening.replay.sender import Manner
from screening.replay.stream import Source
from teams.models import Team

MANNER = Manner(batch=100, connections=2)


def missing(bank: Bank, now: datetime) -> dict[str, list[Payment]]:
    """By pack, the payments that are not stored; empty when all of them are."""
    found = {pack: _missing_of(bank, pack, team, now) for pack, team in bank.teams.items()}
    return {pack: wanted for pack, wanted in found.items() if wanted}


def send(
    wanted: dict[str, list[Payment]], document: Document, state_directory: Path, progress: TextIO
) -> dict[str, Report]:
    """Starts a server of its own, sends them, stops it; the reports by pack."""
    folder = state_directory / "demo"
    folder.mkdir(exist_ok=True)
    with web.temporary(state_directory / "log" / "demo.log") as base_url:
        return {
            pack: _send(
                _written(folder / f"{pack}.jsonl", some),
                Destination(base_url, document.teams[pack].live_key),
                state_directory / "replay",
                progress,
            )
            for pack, some in wanted.items()
        }


def _missing_of(bank: Bank, pack: str, team: Team, now: datetime) -> list[Payment]:
    planned = payments(pack, now)
    ids = [payment["externalId"] for payment in planned]
    with tenant(bank.organisation.id, [team.id]):
        rows = Transaction.objects.filter(team_id=team.id, external_id__in=ids)
        stored = set(rows.values_list("external_id", flat=True))
    return [payment for payment in planned if payment["externalId"] not in stored]


def _written(path: Path, some: list[Payment]) -> Path:
    path.write_bytes(b"".join(msgspec.json.encode(payment) + b"\n" for payment in some))
    return path


def _send(path: Path, destination: Destination, state_folder: Path, progress: TextIO) -> Report:
    source = Source(path, find_reader(path), ReadOptions())
    return replay(Plan(source, destination, MANNER, state_folder), progress)
