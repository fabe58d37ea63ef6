"""Calls Ratel's own API the way a bank's backend does, with a key, through the application that the server runs.

In this process and without a socket, so that the demo's clock (`clock.py`) holds for what is decided.
"""

import io
from typing import Any

import orjson

ADDRESS = "127.0.0.1"


class CallRefusedError(Exception):
    """The API's own words about why something was not done."""


def post(path: str, body: dict[str, Any], key: str) -> Any:
    """The answer's data. Raises CallRefusedError for anything but success."""
    # Imported late: it sets Django up, which a command has done by then.
    from ratel.wsgi import application

    sent, said = orjson.dumps(body), []
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(sent)),
        "HTTP_X_API_KEY": key,
        "HTTP_HOST": ADDRESS,
        "REMOTE_ADDR": ADDRESS,
        "SERVER_NAME": ADDRESS,
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(sent),
        "wsgi.errors": io.StringIO(),
    }
    answer = application(environ, lambda status, headers, *_: said.append(status))
    content = b"".join(answer)
    if hasattr(answer, "close"):
        answer.close()
    if not said or not said[0].startswith("2"):
        raise CallRefusedError(f"{path}: {said[:1]} {content.decode()[:500]}")
    return orjson.loads(content)["data"]
