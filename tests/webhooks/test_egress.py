"""No webhook reaches a machine that is not on the public internet: hostile URLs, and names whose answer changes.

Every connection that this process tries is counted where Python asks the system for it, and a real listening socket
counts what arrives.
"""

import asyncio
import socket
import sys
import threading
from collections.abc import Iterator
from typing import Any

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as some

from webhooks.egress import Refused, Targets, check_host, check_url, judge
from webhooks.egress.addresses import read_address
from webhooks.egress.connector import guarded_connector, guards

PRODUCTION = Targets()
WITH_HTTP = Targets(allows_http=True)
DEMO = Targets(allows_http=True, allows_loopback=True)

# PORT is that of the listening socket, so that a connection to this machine by whatever spelling would be counted.
HOSTILE = [
    # loopback and this host, in every spelling that some parser takes
    "http://127.0.0.1:PORT/",
    "http://127.0.0.2:PORT/",
    "http://127.1:PORT/",
    "http://127.0.1:PORT/",
    "http://2130706433:PORT/",
    "http://0x7f000001:PORT/",
    "http://0x7f.0.0.1:PORT/",
    "http://0x7f.1:PORT/",
    "http://017700000001:PORT/",
    "http://0177.0.0.1:PORT/",
    "http://127.0.0.01:PORT/",
    "http://127.0.0.1.:PORT/",
    "http://0.0.0.0:PORT/",
    "http://0:PORT/",
    "http://localhost:PORT/",
    "http://LOCALHOST:PORT/",
    "http://localhost.:PORT/",
    "http://ip6-localhost:PORT/",
    "http://localhost.localdomain:PORT/",
    "http://receiver.localhost:PORT/",
    "http://[::1]:PORT/",
    "http://[0:0:0:0:0:0:0:1]:PORT/",
    "http://[::]:PORT/",
    "http://①②⑦.⓪.⓪.①:PORT/",
    "http://127。0。0。1:PORT/",
    "http://\uff11\uff12\uff17.0.0.1:PORT/",
    "http://%31%32%37.0.0.1:PORT/",
    "http://ⓛocalhost:PORT/",
    # IPv4 inside IPv6
    "http://[::ffff:127.0.0.1]:PORT/",
    "http://[::ffff:7f00:1]:PORT/",
    "http://[::127.0.0.1]:PORT/",
    "http://[64:ff9b::7f00:1]:PORT/",
    "http://[64:ff9b:1::7f00:1]:PORT/",
    "http://[2002:7f00:1::1]:PORT/",
    "http://[2001:0:4136:e378:8000:63bf:80ff:fffe]:PORT/",
    "http://[2a00:1450:4001:81b:0:5efe:7f00:1]:PORT/",
    "http://[::ffff:0:127.0.0.1]:PORT/",
    # private, carrier-grade, link-local, metadata, reserved, multicast, documentation
    "http://10.0.0.1:PORT/",
    "http://172.16.0.1:PORT/",
    "http://172.31.255.254:PORT/",
    "http://192.168.1.1:PORT/",
    "http://100.64.0.1:PORT/",
    "http://100.100.100.200/latest/meta-data/",
    "http://169.254.169.254/latest/meta-data/",
    "http://168.63.129.16/machine",
    "http://192.0.0.192/opc/v2/",
    "http://metadata.google.internal/computeMetadata/v1/",
    "http://[fd00:ec2::254]/latest/meta-data/",
    "http://[fe80::1]:PORT/",
    "http://[fe80::1%25lo]:PORT/",
    "http://[fe80::1%lo]:PORT/",
    "http://[fc00::1]:PORT/",
    "http://[fec0::1]:PORT/",
    "http://[ff02::1]:PORT/",
    "http://[100::1]:PORT/",
    "http://[2001:db8::1]:PORT/",
    "http://[3fff::1]:PORT/",
    "http://192.0.2.1:PORT/",
    "http://198.18.0.1:PORT/",
    "http://198.51.100.1:PORT/",
    "http://203.0.113.1:PORT/",
    "http://224.0.0.1:PORT/",
    "http://240.0.0.1:PORT/",
    "http://255.255.255.255:PORT/",
    # credentials, other schemes, other services, and URLs that two parsers read differently
    "http://user:password@127.0.0.1:PORT/",
    "http://public.example@127.0.0.1:PORT/",
    "http://127.0.0.1:PORT\\@public.example/",
    "http://public.example:80@127.0.0.1:PORT/",
    "http://127.0.0.1:PORT#@public.example/",
    "http://127.0.0.1\t:PORT/",
    "http://127.0.0.1:PORT /",
    "http://public.example\r\nHost: 127.0.0.1/",
    "http:///127.0.0.1:PORT/",
    "http:127.0.0.1:PORT/",
    "//127.0.0.1:PORT/",
    "127.0.0.1:PORT",
    "ftp://127.0.0.1:PORT/",
    "gopher://127.0.0.1:PORT/",
    "file:///etc/passwd",
    "unix:///var/run/docker.sock",
    "http+unix://%2Fvar%2Frun%2Fdocker.sock/",
    "ws://127.0.0.1:PORT/",
    "javascript:alert(1)",
    "http://public.example:22/",
    "http://public.example:25/",
    "http://public.example:0/",
    "http://public.example:65536/",
    "http://public.example:/",
    "http://router/",
    "http://intranet.corp/",
    "http://printer.local/",
    "http://nas.home.arpa/",
    "http://[v1.x]/",
    "http://[127.0.0.1]:PORT/",
    "http://]/",
    "",
    "http://",
    "http://" + "a." * 127 + "example/" + "a" * 2048,
]


class Listener:
    """A socket on every address of this machine, which counts what connects to it."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True)
        self.port = self.socket.getsockname()[1]
        self.connections = 0
        threading.Thread(target=self._count, daemon=True).start()

    def _count(self) -> None:
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.connections += 1
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            connection.close()


@pytest.fixture
def listener() -> Iterator[Listener]:
    listener = Listener()
    yield listener
    listener.socket.close()


_attempts: list[Any] = []


def _note_connect(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.connect" and isinstance(arguments[1], tuple):
        _attempts.append(arguments[1])


# An audit hook cannot be removed; it only notes.
sys.addaudithook(_note_connect)


@pytest.fixture
def attempts() -> list[Any]:
    """Addresses that this process has asked the system to connect to."""
    _attempts.clear()
    return _attempts


def only_the_socket_guarded(targets: Targets, **options: Any) -> aiohttp.TCPConnector:
    return aiohttp.TCPConnector(**guards(targets, **options))


async def _post(url: str, targets: Targets, is_judged: bool = True, **options: Any) -> int:
    make = guarded_connector if is_judged else only_the_socket_guarded
    connector = make(targets, **options)
    timeout = aiohttp.ClientTimeout(total=5)
    async with (
        aiohttp.ClientSession(connector=connector, timeout=timeout) as session,
        session.post(url, data=b"{}", allow_redirects=False) as answer,
    ):
        return answer.status


def post(url: str, targets: Targets, **options: Any) -> int:
    """What a worker does; with `is_judged=False` without a look at the URL, so that only the socket is guarded."""
    return asyncio.run(_post(url, targets, **options))


@pytest.mark.parametrize("url", HOSTILE)
def test_a_hostile_url_is_refused_when_an_endpoint_is_made(
    url: str, listener: Listener, attempts: list[Any]
) -> None:
    url = url.replace("PORT", str(listener.port))
    with pytest.raises(Refused):
        check_host(check_url(url, WITH_HTTP), WITH_HTTP)
    assert (attempts, listener.connections) == ([], 0)


@pytest.mark.parametrize("url", HOSTILE)
def test_a_hostile_url_is_not_connected_to_even_if_nobody_looked_at_it_when_it_was_made(
    url: str, listener: Listener, attempts: list[Any]
) -> None:
    with pytest.raises((aiohttp.ClientError, ValueError)):
        post(url.replace("PORT", str(listener.port)), WITH_HTTP)
    assert (attempts, listener.connections) == ([], 0)


@pytest.mark.parametrize("url", [url for url in HOSTILE if "public.example" not in url])
def test_a_hostile_url_that_passes_every_look_ends_at_the_socket(
    url: str, listener: Listener, attempts: list[Any]
) -> None:
    """Some are no URLs to the client, some are refused as names, all others where the socket is made."""
    with pytest.raises((aiohttp.ClientError, ValueError)):
        post(url.replace("PORT", str(listener.port)), WITH_HTTP, is_judged=False)
    assert (attempts, listener.connections) == ([], 0)


def test_there_are_at_least_forty_hostile_targets() -> None:
    assert len(set(HOSTILE)) >= 40


def test_the_counting_counts(listener: Listener, attempts: list[Any]) -> None:
    assert post(f"http://127.0.0.1:{listener.port}/", DEMO) == 200
    assert post(f"http://localhost:{listener.port}/", DEMO) == 200
    assert post(f"http://[::1]:{listener.port}/", DEMO) == 200
    assert listener.connections == 3
    assert len(attempts) >= 3


class ChangingName:
    """A name server whose answer changes: each call of the lookup gets the next of `answers`, then the last."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked = 0

    def __call__(self, host: str, port: int, type: int = 0) -> list[tuple[Any, ...]]:
        answer = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        found = []
        for address in answer:
            is_6 = ":" in address
            family = socket.AF_INET6 if is_6 else socket.AF_INET
            found.append(
                (family, socket.SOCK_STREAM, 6, "", (address, port, 0, 0) if is_6 else (address, port))
            )
        return found


def test_a_name_that_changes_its_answer_after_the_endpoint_was_made_is_not_connected_to(
    listener: Listener, attempts: list[Any]
) -> None:
    url = f"http://public.example:{listener.port}/"
    name = ChangingName(["93.184.215.14"], ["127.0.0.1"])
    check_host(check_url(url, WITH_HTTP), WITH_HTTP, name)
    with pytest.raises(aiohttp.ClientConnectorError) as refused:
        post(url, WITH_HTTP, lookup=name)
    assert isinstance(refused.value.os_error, Refused)
    assert (name.asked, attempts, listener.connections) == (2, [], 0)


def test_what_is_connected_to_is_what_was_judged_because_a_name_is_asked_for_once(
    listener: Listener, attempts: list[Any]
) -> None:
    """The first answer is allowed here, the second would not be: it is never asked for."""
    name = ChangingName(["127.0.0.1"], ["10.0.0.1"])
    assert post(f"http://public.example:{listener.port}/", DEMO, lookup=name) == 200
    assert (name.asked, listener.connections) == (1, 1)
    assert [address[0] for address in attempts] == ["127.0.0.1"]


def test_what_a_deployment_no_longer_allows_is_not_sent_any_more(
    listener: Listener, attempts: list[Any]
) -> None:
    url = f"http://public.example:{listener.port}/"
    assert post(url, DEMO, lookup=ChangingName(["127.0.0.1"])) == 200
    with pytest.raises(aiohttp.ClientConnectorError) as refused:
        post(url, Targets(allows_loopback=True), lookup=ChangingName(["127.0.0.1"]))
    assert isinstance(refused.value.os_error, Refused)
    assert (len(attempts), listener.connections) == (1, 1)


def test_the_next_connect_asks_again(listener: Listener, attempts: list[Any]) -> None:
    async def twice(name: ChangingName) -> None:
        connector = guarded_connector(DEMO, lookup=name, force_close=True)
        async with aiohttp.ClientSession(connector=connector) as session:
            for _ in range(2):
                async with session.post(f"http://public.example:{listener.port}/") as answer:
                    assert answer.status == 200

    name = ChangingName(["127.0.0.1"], ["192.168.0.1"])
    with pytest.raises(aiohttp.ClientConnectorError):
        asyncio.run(twice(name))
    assert (name.asked, listener.connections, len(attempts)) == (2, 1, 1)


@pytest.mark.parametrize(
    "answer",
    [
        ["93.184.215.14", "127.0.0.1"],
        ["127.0.0.1", "93.184.215.14"],
        ["2606:2800:21f:cb07:6820:80da:af6b:8b2c", "::1"],
        ["::ffff:93.184.215.14"],
        ["64:ff9b::5db8:d70e"],
        ["fe80::1%lo"],
        ["169.254.169.254"],
        ["93.184.215.014"],
    ],
)
def test_a_name_with_any_answer_that_is_not_public_is_refused_whole(
    answer: list[str], listener: Listener, attempts: list[Any]
) -> None:
    url = f"http://public.example:{listener.port}/"
    with pytest.raises(Refused, match="does not lead to the public internet"):
        check_host(check_url(url, WITH_HTTP), WITH_HTTP, ChangingName(answer))
    with pytest.raises(aiohttp.ClientConnectorError):
        post(url, WITH_HTTP, lookup=ChangingName(answer))
    assert (attempts, listener.connections) == ([], 0)


def test_a_name_that_nobody_answers_for_may_become_an_endpoint_and_connects_to_nothing(
    attempts: list[Any],
) -> None:
    def nobody(host: str, port: int, type: int = 0) -> list[tuple[Any, ...]]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    check_host(check_url("https://public.example/", PRODUCTION), PRODUCTION, nobody)
    with pytest.raises(aiohttp.ClientConnectorError):
        post("https://public.example/", PRODUCTION, lookup=nobody)
    assert attempts == []


def test_the_refusal_of_a_name_does_not_tell_what_it_resolves_to() -> None:
    with pytest.raises(Refused) as refused:
        check_host(
            check_url("https://public.example/", PRODUCTION), PRODUCTION, ChangingName(["10.20.30.40"])
        )
    assert "10.20" not in str(refused.value)
    assert "private" not in str(refused.value)


@pytest.mark.parametrize(
    "url",
    [
        "https://public.example/",
        "https://public.example",
        "https://PUBLIC.example/Path?query=%20x&y=[1]",
        "https://public.example:8443/hook",
        "https://public.example:443/",
        "https://xn--bcher-kva.example/",
        "https://a-b.c1.example/~x/@y",
        "https://93.184.215.14/",
        "https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/",
        "https://hooks.1password.com/",
    ],
)
def test_an_ordinary_url_is_an_endpoint_in_production(url: str) -> None:
    target = check_url(url, PRODUCTION)
    assert (target.url, target.scheme) == (url, "https")
    assert target.port in {443, 8443}


def test_plain_http_needs_the_setting() -> None:
    with pytest.raises(Refused, match="https"):
        check_url("http://public.example/", PRODUCTION)
    assert check_url("http://public.example/", WITH_HTTP).port == 80


def test_loopback_needs_the_setting_which_opens_nothing_else() -> None:
    for url in ("http://127.0.0.1:9000/", "http://localhost:9000/hook", "http://[::1]:9000/"):
        check_host(check_url(url, DEMO), DEMO)
        with pytest.raises(Refused):
            check_url(url, WITH_HTTP)
    still_refused = [url for url in HOSTILE if "public.example:2" not in url]
    for url in still_refused:
        if url in {
            "http://127.0.0.1:PORT/",
            "http://127.0.0.2:PORT/",
            "http://localhost:PORT/",
            "http://LOCALHOST:PORT/",
            "http://[::1]:PORT/",
            "http://[0:0:0:0:0:0:0:1]:PORT/",
        }:
            continue
        with pytest.raises(Refused):
            check_host(check_url(url.replace("PORT", "9000"), DEMO), DEMO)


def test_production_allows_neither(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the settings are read where nothing is said."""
    import importlib
    import os

    from ratel import settings as read

    for name in ("RATEL_WEBHOOK_ALLOW_HTTP", "RATEL_WEBHOOK_ALLOW_LOOPBACK"):
        monkeypatch.delenv(name, raising=False)
    kept = os.environ["RATEL_ENVIRONMENT"]
    try:
        monkeypatch.setenv("RATEL_ENVIRONMENT", "production")
        importlib.reload(read)
        assert (read.RATEL_WEBHOOK_ALLOW_HTTP, read.RATEL_WEBHOOK_ALLOW_LOOPBACK) == (False, False)
    finally:
        monkeypatch.setenv("RATEL_ENVIRONMENT", kept)
        importlib.reload(read)


@given(some.ip_addresses(v=4))
def test_no_ipv4_address_that_python_calls_private_passes(address: Any) -> None:
    if address.is_private or address.is_multicast or address.is_reserved or address.is_loopback:
        with pytest.raises(Refused):
            judge(address)


@given(some.ip_addresses(v=6))
def test_no_ipv6_address_that_python_calls_private_passes(address: Any) -> None:
    if (
        not address.is_global
        or address.is_multicast
        or address.ipv4_mapped
        or address.sixtofour
        or address.teredo
    ):
        with pytest.raises(Refused):
            judge(address)


@given(some.text(max_size=40))
def test_no_text_breaks_the_reading_of_urls(text: str) -> None:
    for url in (text, f"http://{text}", f"http://{text}/", f"https://a.example:{text}/"):
        try:
            target = check_url(url, DEMO)
        except Refused:
            continue
        assert target.host.isascii()
        assert read_address(target.host) or target.host == "localhost" or "." in target.host
