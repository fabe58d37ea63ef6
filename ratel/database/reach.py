"""Whether PostgreSQL (or a pooler) answers at an address, asked with a bound that the driver does not offer."""

import os
import socket
import struct
from collections.abc import Mapping
from typing import Any, Final

import psycopg

ANSWER_SECONDS: Final = 0.4
_USUAL_PORT: Final = "5432"
# "Do you speak TLS?": answered with one letter by whoever accepts connections, before any login.
_QUESTION: Final = struct.pack("!ii", 8, 80_877_103)


class Unanswered(psycopg.OperationalError):
    """Something is at the address, or on the way to it, and says nothing."""


def require_answer(parameters: Mapping[str, Any]) -> None:
    """Raises OperationalError where nobody answers at the address that a connection would be made to.

    Without a host, or with several, the driver finds out by itself.
    """
    host = str(parameters.get("host") or "")
    if not host or "," in host:
        return
    port = str(parameters.get("port") or _USUAL_PORT)
    try:
        with _connected(host, port) as connection:
            connection.sendall(_QUESTION)
            is_there = bool(connection.recv(1))
    except TimeoutError:
        raise Unanswered("the database does not answer") from None
    except OSError as error:
        raise psycopg.OperationalError(f"the database does not answer: {type(error).__name__}") from None
    if not is_there:
        raise psycopg.OperationalError("the database hung up")


def _connected(host: str, port: str) -> socket.socket:
    if not host.startswith("/"):
        return socket.create_connection((host, int(port)), timeout=ANSWER_SECONDS)
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(ANSWER_SECONDS)
    try:
        connection.connect(os.path.join(host, f".s.PGSQL.{port}"))  # noqa: PTH118 - a socket's address, not a file
    except OSError:
        connection.close()
        raise
    return connection
