"""Whose address is recorded and compared: the nearest hop that is not a proxy of ours, in one form, or none."""

from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from ratel import requests
from ratel.requests import client_address, normal_address
from teams.models import AuditEntry
from tests.cast import make_bank

PROXY = "10.0.0.1"


@pytest.fixture
def behind_proxies(settings) -> Iterator[None]:
    settings.RATEL_TRUSTED_PROXIES = ["10.0.0.0/8", "fd00::/8"]
    requests._proxies.cache_clear()
    yield
    requests._proxies.cache_clear()


def seen(forwarded: str | None, sender: str = PROXY) -> str:
    sent = {} if forwarded is None else {"HTTP_X_FORWARDED_FOR": forwarded}
    return client_address(SimpleNamespace(META={"REMOTE_ADDR": sender, **sent}))


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("192.0.2.7", "192.0.2.7"),
        (" 192.0.2.7 ", "192.0.2.7"),
        ("192.0.2.7:4711", "192.0.2.7"),
        ("2001:db8::7", "2001:db8::7"),
        ("2001:0DB8:0000:0000:0000:0000:0000:0007", "2001:db8::7"),
        ("[2001:db8::7]", "2001:db8::7"),
        ("[2001:db8::7]:4711", "2001:db8::7"),
        ("fe80::1%eth0", "fe80::1"),
        ("[fe80::1%eth0]:443", "fe80::1"),
        ("fe80::1%" + "x" * 100, "fe80::1"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("[::ffff:192.0.2.7]:4711", "192.0.2.7"),
        ("", ""),
        ("unknown", ""),
        ("_hidden", ""),
        ("192.0.2.7:", ""),
        ("192.0.2.7:123456", ""),
        ("192.0.2.7:http", ""),
        ("[192.0.2.7", ""),
        ("2001:db8::7]:80", ""),
        ("192.0.2.300", ""),
        ("192.0.2.7\n", "192.0.2.7"),
        ("192.0.2.7 192.0.2.8", ""),
        ("1" * 10_000, ""),
        ("\u0661.1.1.1", ""),
        ("3232235777", ""),
    ],
)
def test_an_address_has_one_form_without_port_and_zone(text: str, address: str) -> None:
    assert normal_address(text) == address


@pytest.mark.parametrize(
    ("forwarded", "address"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("192.0.2.7:4711", "192.0.2.7"),
        ("[2001:db8::7]:4711", "2001:db8::7"),
        ("203.0.113.9, 192.0.2.7", "192.0.2.7"),
        ("192.0.2.7, 10.0.0.2:80, [fd00::1]:80, ::ffff:10.0.0.3", "192.0.2.7"),
        ("192.0.2.7, , ", "192.0.2.7"),
        ("10.0.0.3, 10.0.0.2", "10.0.0.3"),
        (None, PROXY),
        ("", PROXY),
    ],
)
def test_the_caller_is_the_nearest_hop_that_is_no_proxy(
    behind_proxies: None, forwarded: str | None, address: str
) -> None:
    assert seen(forwarded) == address


@pytest.mark.parametrize("hop", ["unknown", "x" * 1000, "192.0.2.7:http"])
def test_what_stands_before_an_unreadable_hop_is_not_believed(behind_proxies: None, hop: str) -> None:
    assert seen(f"203.0.113.9, {hop}") == ""


def test_a_header_of_somebody_who_is_no_proxy_is_not_believed(behind_proxies: None) -> None:
    assert seen("203.0.113.9", sender="192.0.2.7") == "192.0.2.7"
    assert seen("203.0.113.9", sender="") == ""


def test_a_long_address_fails_no_decision(behind_proxies: None) -> None:
    bank = make_bank("Acme Bank", "us")
    caller = bank.callers["us"]
    caller.client.defaults["REMOTE_ADDR"] = PROXY
    for hop in ("x" * 200, "fe80::1%" + "e" * 100, "[2001:db8:1111:2222:3333:4444:5555:6666]:65535"):
        assert caller.evaluate(externalId=hop[:20]).status == 200
        assert (
            caller.post(
                "/api/transactions/evaluate",
                {"customerId": "c", "direction": "debit", "amount": 1, "channel": "card"},
                **{"X-Forwarded-For": hop},
            ).status
            == 200
        )
    with bank.seeing("us"):
        found = set(
            AuditEntry.objects.filter(action="evaluation.decided").values_list("source_address", flat=True)
        )
    assert found == {PROXY, "", "fe80::1", "2001:db8:1111:2222:3333:4444:5555:6666"}
