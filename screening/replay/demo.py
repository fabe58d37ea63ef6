"""Finds the server and the key of a demo team in the file that the first start wrote.

It must never print a key.
"""

from pathlib import Path

import msgspec

from screening.replay.client import Destination
from screening.replay.item import FileRefusedError

TEAM_CURRENCIES = {"ng": "NGN", "id": "IDR", "us": "USD"}


class DemoTeam(msgspec.Struct):
    live_key: str


class Demo(msgspec.Struct):
    base_url: str
    teams: dict[str, DemoTeam]


def destination(state_directory: Path, *, url: str | None, key: str | None, team: str) -> Destination:
    """The given URL and key; what is missing comes from `demo.json`."""
    if url and key:
        return Destination(url, key)
    demo = read_demo(state_directory / "demo.json")
    if not key and team not in demo.teams:
        raise FileRefusedError(f"demo.json has no team {team}")
    return Destination(url or demo.base_url, key or demo.teams[team].live_key)


def read_demo(path: Path) -> Demo:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Demo)
    except FileNotFoundError:
        raise FileRefusedError(
            "no demo.json in the state directory: start the server first, or give --url and --key"
        ) from None
    except msgspec.DecodeError:
        raise FileRefusedError("demo.json cannot be read: give --url and --key") from None
