"""Which addresses a webhook may connect to: global unicast of IPv4 and IPv6, less what is reserved inside of it.

A table of our own, because Python's `is_global` changes between patch releases and lets tunnels through. Forms that
carry an IPv4 address inside an IPv6 one are refused whole, whatever they carry: a gateway decides where they end.
It must never look anything up.
"""

from collections.abc import Sequence
from ipaddress import AddressValueError, IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Final

Address = IPv4Address | IPv6Address

# RFC 6890 and the IANA special-purpose registry of IPv4, and metadata services that answer on public addresses.
_REFUSED_IPV4: Final = {
    "0.0.0.0/8": "this host",
    "10.0.0.0/8": "private",
    "100.64.0.0/10": "carrier-grade translation",
    "127.0.0.0/8": "loopback",
    "168.63.129.16/32": "a cloud's metadata",
    "169.254.0.0/16": "link-local",
    "172.16.0.0/12": "private",
    "192.0.0.0/24": "reserved for protocols",
    "192.0.2.0/24": "documentation",
    "192.31.196.0/24": "reserved for name servers",
    "192.52.193.0/24": "multicast tunnelling",
    "192.88.99.0/24": "6to4 relays",
    "192.168.0.0/16": "private",
    "192.175.48.0/24": "reserved for name servers",
    "198.18.0.0/15": "benchmarking",
    "198.51.100.0/24": "documentation",
    "203.0.113.0/24": "documentation",
    "224.0.0.0/4": "multicast",
    "240.0.0.0/4": "reserved",
}
# Outside of this nothing is global unicast: loopback, mapped and compatible IPv4, NAT64 (64:ff9b::/96 and
# 64:ff9b:1::/48), discard-only, unique local, link-local, site-local and multicast all lie elsewhere.
_GLOBAL_IPV6: Final = IPv6Network("2000::/3")
_REFUSED_IPV6: Final = {
    "2001::/23": "Teredo and other protocol assignments",
    "2001:db8::/32": "documentation",
    "2002::/16": "6to4",
    "2620:4f:8000::/48": "reserved for name servers",
    "3ffe::/16": "returned to the registry",
    "3fff::/20": "documentation",
}
# ISATAP: the lower 64 bits are 0000:5efe or 0200:5efe and an IPv4 address.
_ISATAP: Final = frozenset({0x0000_5EFE, 0x0200_5EFE})

_IPV4: Final[Sequence[tuple[IPv4Network, str]]] = [
    (IPv4Network(network), reason) for network, reason in _REFUSED_IPV4.items()
]
_IPV6: Final[Sequence[tuple[IPv6Network, str]]] = [
    (IPv6Network(network), reason) for network, reason in _REFUSED_IPV6.items()
]


class Refused(OSError):
    """A target that webhooks may not go to; an OSError, so that a client treats it as a connection that failed."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def read_address(text: str) -> Address | None:
    """The address that the text is in its usual form: four decimal numbers without leading zeros, or RFC 5952's
    parts; None for any other spelling, and for addresses with a zone."""
    try:
        return IPv6Address(text) if ":" in text and "%" not in text else IPv4Address(text)
    except AddressValueError:
        return None


def judge(address: Address, *, allows_loopback: bool = False) -> None:
    """Raises Refused where a webhook may not connect to the address."""
    if allows_loopback and (address in IPv4Network("127.0.0.0/8") or address == IPv6Address("::1")):
        return
    reason = _ipv4_reason(address) if isinstance(address, IPv4Address) else _ipv6_reason(address)
    if reason:
        raise Refused(f"the address is not on the public internet ({reason})")


def _ipv4_reason(address: IPv4Address) -> str:
    return next((reason for network, reason in _IPV4 if address in network), "")


def _ipv6_reason(address: IPv6Address) -> str:
    if address not in _GLOBAL_IPV6:
        return "not global unicast"
    if (int(address) >> 32) & 0xFFFF_FFFF in _ISATAP:
        return "ISATAP"
    return next((reason for network, reason in _IPV6 if address in network), "")
