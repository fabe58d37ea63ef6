"""Reads settings from the environment, once, and stops on a bad value.

Every variable that Ratel reads goes through one of these helpers, so that `docs/settings.md` can be checked
against `READ`. It must never print a value: some of them are secrets.
"""

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from ratel.embedded.process import is_alive

# The environment of the instance that the launcher runs on a state directory, there while it runs.
LOCAL_INSTANCE = "environment.json"
# In it, the process id of that launcher.
LAUNCHER_PROCESS = "RATEL_LAUNCHER_PROCESS"


class BadSetting(Exception):
    """A variable of the environment is missing or has a value that cannot be used."""


@dataclass(frozen=True)
class ReadSetting:
    """A variable that the code reads: `name` and its `default` as text ("" where there is none)."""

    name: str
    default: str


READ: dict[str, ReadSetting] = {}


def text(name: str, default: str | None = None) -> str:
    """The variable's text; without a default it must be set."""
    READ[name] = ReadSetting(name, default or "")
    value = os.environ.get(name, "")
    if value:
        return value
    if default is None:
        raise BadSetting(f"{name} must be set")
    return default


def flag(name: str, *, default: bool) -> bool:
    """True for 1, true, yes, on; False for 0, false, no, off."""
    value = text(name, "true" if default else "false").strip().lower()
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    raise BadSetting(f"{name} must be true or false")


def integer(name: str, default: int, *, minimum: int, maximum: int) -> int:
    """A whole number from `minimum` to `maximum`."""
    value = text(name, str(default))
    try:
        number = int(value)
    except ValueError:
        raise BadSetting(f"{name} must be a whole number") from None
    if not minimum <= number <= maximum:
        raise BadSetting(f"{name} must be from {minimum} to {maximum}")
    return number


def choice(name: str, default: str, choices: Iterable[str]) -> str:
    """One of `choices`."""
    value = text(name, default)
    allowed = sorted(choices)
    if value not in allowed:
        raise BadSetting(f"{name} must be one of {', '.join(allowed)}")
    return value


def listing(name: str, default: str = "") -> list[str]:
    """Comma-separated values without blanks."""
    return [part.strip() for part in text(name, default).split(",") if part.strip()]


def options(name: str) -> dict[str, str]:
    """`name=value` pairs separated by commas, as another program's configuration calls them."""
    pairs = [part.partition("=") for part in listing(name)]
    if not all(key and sign for key, sign, _ in pairs):
        raise BadSetting(f"{name} must be NAME=VALUE,NAME=VALUE")
    return {key.strip(): value.strip() for key, _, value in pairs}


def database(url: str, *, variable: str) -> dict[str, Any]:
    """Django's database settings from `postgresql://user:password@host:port/name?host=/socket/folder`."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgresql", "postgres"}:
        raise BadSetting(f"{variable} must start with postgresql://")
    options = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "ratel.database",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", "") or unquote(parts.hostname or ""),
        "PORT": options.pop("port", "") or str(parts.port or ""),
        "OPTIONS": options,
    }


def mail_server(url: str, *, variable: str) -> dict[str, Any]:
    """Django's mail settings from `smtp://user:password@host:587` (STARTTLS), `smtps://host:465` or `smtp+plain://host:25`."""
    parts = urlsplit(url)
    if parts.scheme not in {"smtp", "smtps", "smtp+plain"} or not parts.hostname:
        raise BadSetting(f"{variable} must start with smtp://, smtps:// or smtp+plain:// and name a host")
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or {"smtp": 587, "smtps": 465}.get(parts.scheme, 25),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": parts.scheme == "smtp",
        "EMAIL_USE_SSL": parts.scheme == "smtps",
    }


def adopt_local_instance(project: Path) -> None:
    """Takes what is unset from the instance that `make run` keeps under `var/`, so that commands beside it find it.

    Does nothing where DATABASE_URL is set. Raises BadSetting where that instance is not running.
    """
    if os.environ.get("DATABASE_URL"):
        return
    state_directory = Path(os.environ.get("RATEL_STATE_DIRECTORY") or project / "var")
    try:
        found: dict[str, str] = json.loads((state_directory / LOCAL_INSTANCE).read_text())
    except FileNotFoundError:
        found = {}
    except PermissionError:
        raise BadSetting(f"the instance in {state_directory} was started by another user") from None
    if not found or not is_alive(int(found.pop(LAUNCHER_PROCESS))):
        raise BadSetting(
            f"DATABASE_URL is not set and no local instance runs in {state_directory}: start one with `make run`"
        )
    for name, value in found.items():
        if not os.environ.get(name):
            os.environ[name] = value
