"""How the web server is started by the launcher, and whether it is ready."""

import socket
import sys
import urllib.error
import urllib.request

HOST = "127.0.0.1"
SERVER = (sys.executable, "-m", "gunicorn", "ratel.wsgi:application", "-c", "ratel/gunicorn.py")


def arguments_on(held: socket.socket) -> list[str]:
    """The command line that serves Ratel on a socket that the launcher holds.

    Such a socket outlives any one server: while one is started after another, callers wait in its queue instead of
    being refused, and a successor needs no port of its own.
    """
    return [*SERVER, "--bind", f"fd://{held.fileno()}"]


def held_socket(port: int) -> socket.socket:
    """A socket bound to that port of this machine; it refuses callers until a server listens. Raises OSError."""
    held = socket.socket()
    try:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind((HOST, port))
    except OSError:
        held.close()
        raise
    return held


def readiness(port: int) -> str:
    """Empty when /readyz answers 200, otherwise what it answers instead."""
    try:
        with urllib.request.urlopen(f"http://{HOST}:{port}/readyz", timeout=5):
            return ""
    except urllib.error.HTTPError as answer:
        return f"{answer.code} {answer.read(500).decode(errors='replace')}"
    except OSError as problem:
        return type(problem).__name__
