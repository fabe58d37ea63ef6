"""What a URL must look like to be an endpoint's, and whether its host may be gone to.

Only one spelling of a host passes: a dotted name in lower-case ASCII, or an address in its usual form. Everything that
some other parser could read as another host (user names, zones, octal, encoded or wide characters) is refused.
It must never tell a caller what a name resolved to.
"""

import re
import socket
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TookTooLong
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings

from webhooks.egress.addresses import Refused, judge, read_address

# As `socket.getaddrinfo`: host, port, and `type=`; gives its list of addresses.
Lookup = Callable[..., Sequence[tuple[Any, ...]]]
LONGEST_URL: Final = 2048
LOOKUP_SECONDS: Final = 3.0
_DEFAULT_PORTS: Final = {"https": 443, "http": 80}
# What a URL is made of (RFC 3986): no blanks, controls, backslashes, quotes or anything beyond ASCII.
_URL_CHARACTERS: Final = re.compile(r"[A-Za-z0-9\-._~:/?\[\]@!$&'()*+,;=%]+")
_NAME: Final = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
# A last label that is a number makes old parsers read the host as an address: 0x7f.1, 127.1, 017700000001.
_NUMBER: Final = re.compile(r"0x[0-9a-f]*|[0-9]+")
# Names that are answered inside of a machine or a network rather than by the public DNS.
_INTERNAL: Final = (
    "localhost",
    "localdomain",
    "local",
    "internal",
    "intranet",
    "lan",
    "home",
    "corp",
    "arpa",
    "test",
)
_LOOPBACK_NAME: Final = "localhost"
_WAITING: Final = ThreadPoolExecutor(max_workers=4, thread_name_prefix="endpoint-host")


@dataclass(frozen=True)
class Targets:
    """What a deployment allows beyond https to the public internet."""

    allows_http: bool = False
    allows_loopback: bool = False

    @classmethod
    def from_settings(cls) -> "Targets":
        return cls(settings.RATEL_WEBHOOK_ALLOW_HTTP, settings.RATEL_WEBHOOK_ALLOW_LOOPBACK)


@dataclass(frozen=True)
class Target:
    """A URL that was understood: `host` without brackets."""

    url: str
    scheme: str
    host: str
    port: int


def check_url(url: str, targets: Targets) -> Target:
    """The parts of a URL that may be an endpoint's; raises Refused. Looks nothing up: see `check_host`."""
    if not 1 <= len(url) <= LONGEST_URL or not _URL_CHARACTERS.fullmatch(url):
        raise Refused(f"a URL of at most {LONGEST_URL} plain ASCII characters, without a fragment, is needed")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise Refused("the URL cannot be read") from None
    _check_scheme(parts.scheme, targets)
    if "@" in parts.netloc:
        raise Refused("credentials in the URL are not sent")
    if parts.netloc.endswith(":") or not _is_web_port(port, targets):
        raise Refused("the port must be 80, 443 or from 1024 to 65535")
    _check_name(host, parts.netloc, targets)
    return Target(url, parts.scheme, host, port or _DEFAULT_PORTS[parts.scheme])


def _check_scheme(scheme: str, targets: Targets) -> None:
    if scheme != "https" and not (scheme == "http" and targets.allows_http):
        raise Refused("the scheme must be https")


def _is_web_port(port: int | None, targets: Targets) -> bool:
    """The other ports below 1024 are of mail, files and remote shells; on this machine they are the owner's affair."""
    return (
        port is None or port in {80, 443} or 1024 <= port <= 65535 or (targets.allows_loopback and port > 0)
    )


def _check_name(host: str, netloc: str, targets: Targets) -> None:
    if "[" in netloc or ":" in host:
        address = read_address(host) if netloc.startswith("[") and ":" in host else None
        if address is None:
            raise Refused("the host is not an address in its usual form")
        return judge(address, allows_loopback=targets.allows_loopback)
    literal = read_address(host)
    if literal is not None:
        return judge(literal, allows_loopback=targets.allows_loopback)
    if host == _LOOPBACK_NAME and targets.allows_loopback:
        return None
    last_label = host.rpartition(".")[2]
    if len(host) > 253 or not _NAME.fullmatch(host) or _NUMBER.fullmatch(last_label):
        raise Refused(
            "the host must be a full name in ASCII (xn--... for others), or an address in its usual form"
        )
    if last_label in _INTERNAL:
        raise Refused("the host is not a name of the public internet")
    return None


def resolve(
    host: str, port: int, targets: Targets, lookup: Lookup = socket.getaddrinfo
) -> list[tuple[Any, ...]]:
    """What the host resolves to, in one question; raises Refused where any of the addresses may not be gone to."""
    found = list(lookup(host, port, type=socket.SOCK_STREAM))
    for _, _, _, _, sockaddr in found:
        judge_sockaddr(sockaddr, targets)
    return found


def judge_sockaddr(sockaddr: tuple[Any, ...], targets: Targets) -> None:
    """Raises Refused for what a socket must not be connected to: a bad address, a spelling that is none, a zone."""
    address = read_address(str(sockaddr[0]))
    if address is None or (len(sockaddr) == 4 and sockaddr[3] != 0):
        raise Refused("the host is not an address in its usual form")
    judge(address, allows_loopback=targets.allows_loopback)


def check_host(target: Target, targets: Targets, lookup: Lookup = socket.getaddrinfo) -> None:
    """Asks where the host is, for at most three seconds; raises Refused where webhooks may not go there.

    A name that nobody answers for now passes: it may come to be, and every connect looks again.
    """
    asked = _WAITING.submit(resolve, target.host, target.port, targets, lookup)
    try:
        asked.result(LOOKUP_SECONDS)
    except Refused:
        raise Refused("the host does not lead to the public internet") from None
    except (OSError, UnicodeError, TookTooLong):
        asked.cancel()
