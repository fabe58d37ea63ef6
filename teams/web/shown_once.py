"""What a page may show exactly once (a key's text, a link, recovery codes): kept sealed in the session until then."""

import json
from contextlib import suppress
from typing import Any, Final

from django.http import HttpRequest

from ratel.sealing import Unreadable, seal, unseal

_PREFIX: Final = "ratel.once."


def keep(request: HttpRequest, name: str, shown: dict[str, Any]) -> None:
    """For the next page that takes it by this name."""
    request.session[_PREFIX + name] = seal(json.dumps(shown).encode(), name.encode()).hex()


def take(request: HttpRequest, name: str) -> dict[str, Any] | None:
    """What was kept, which is gone from then on."""
    kept = request.session.pop(_PREFIX + name, None)
    return _opened(kept, name)


def peek(request: HttpRequest, name: str) -> dict[str, Any] | None:
    """What was kept, and stays until it is taken."""
    return _opened(request.session.get(_PREFIX + name), name)


def _opened(kept: Any, name: str) -> dict[str, Any] | None:
    if not isinstance(kept, str):
        return None
    with suppress(Unreadable, ValueError):
        found: dict[str, Any] = json.loads(unseal(bytes.fromhex(kept), name.encode()))
        return found
    return None
