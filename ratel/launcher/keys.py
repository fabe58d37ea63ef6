"""The secrets of one installation, made once and kept in its state directory, readable by its owner only.

Production passes its own in the environment, which always wins. They must never be printed or logged.
"""

import base64
import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

# Django asks for 50 letters or more; the others are keys of exactly 256 bits.
SECRET_BYTES = {"SECRET_KEY": 48, "RATEL_API_KEY_PEPPER": 32, "RATEL_ENCRYPTION_KEY": 32}


def load_or_create(path: Path) -> Mapping[str, str]:
    """Read the file, add whatever secret is missing, and return all of them by name."""
    known: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    missing = [name for name in SECRET_BYTES if name not in known]
    if missing:
        known |= {name: _random(name) for name in missing}
        write_private(path, json.dumps(known, indent=2))
    return {name: known[name] for name in SECRET_BYTES}


def write_private(path: Path, text: str) -> None:
    """Replace the file in one step, never readable by anybody else in between."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    fresh.replace(path)


def _random(name: str) -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(SECRET_BYTES[name])).decode()
