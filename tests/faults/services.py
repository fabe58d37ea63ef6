"""The services of a test as a proxy reaches them, and their addresses through it."""

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from ratel.embedded.postgres import SOCKET_NAME
from tests.faults.proxy import HOST, Address, Proxy

# Encrypted, its messages could not be told apart.
IN_THE_OPEN: Mapping[str, str] = {"sslmode": "disable", "gssencmode": "disable"}
# What the database calls a session that came through a proxy.
SESSION_NAME = "behind-the-proxy"


def server_of(url: str, default_port: int = 5432) -> Address:
    """Where the server behind a database's or Redis's URL listens: a socket's path, or host and port."""
    parts = urlsplit(url)
    folder = dict(parse_qsl(parts.query)).get("host", "")
    if folder.startswith("/"):
        return Path(folder) / SOCKET_NAME
    return (unquote(parts.hostname or HOST), parts.port or default_port)


def through(proxy: Proxy, url: str) -> str:
    """The same database or Redis, by way of the proxy."""
    parts = urlsplit(url)
    who = parts.netloc.rpartition("@")[0]
    is_database = parts.scheme.startswith("postgres")
    return urlunsplit(
        parts._replace(
            netloc=f"{who}@{HOST}:{proxy.port}" if who else f"{HOST}:{proxy.port}",
            query=urlencode({**IN_THE_OPEN, "application_name": SESSION_NAME})
            if is_database
            else parts.query,
        )
    )
