"""Personal data at rest: AES-256-GCM with rotating keys, and keyed blind indexes to find it by equality.

A sealed value is one byte of format, four bytes of key id, twelve of nonce, then the ciphertext with its tag; the
`context` (the id of the row) is authenticated with it, so that a value cannot be moved to a row with
another id unnoticed.
"""

import hashlib
import os
from functools import lru_cache
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

_FORMAT: Final = b"\x01"
_NONCE_BYTES: Final = 12


class Unreadable(Exception):
    """A sealed value was changed, moved, or sealed with a key that is not configured."""


@lru_cache(maxsize=1)
def _keys() -> tuple[bytes, dict[bytes, AESGCM]]:
    ring = {}
    newest = b""
    for text in settings.RATEL_ENCRYPTION_KEYS:
        material = hashlib.sha256(b"ratel seal" + text.encode()).digest()
        key_id = hashlib.sha256(b"ratel key id" + material).digest()[:4]
        newest = newest or key_id
        ring[key_id] = AESGCM(material)
    return newest, ring


def seal(plain: bytes, context: bytes) -> bytes:
    """Encrypts `plain` with the newest key, bound to `context`."""
    newest, ring = _keys()
    nonce = os.urandom(_NONCE_BYTES)
    return b"".join((_FORMAT, newest, nonce, ring[newest].encrypt(nonce, plain, context)))


def unseal(sealed: bytes, context: bytes) -> bytes:
    """The plain bytes; raises Unreadable where key, context or content do not fit."""
    _, ring = _keys()
    cipher = ring.get(bytes(sealed[1:5]))
    if sealed[:1] != _FORMAT or cipher is None:
        raise Unreadable("sealed with a key that is not configured")
    try:
        return cipher.decrypt(bytes(sealed[5:17]), bytes(sealed[17:]), context)
    except InvalidTag:
        raise Unreadable("the sealed value does not belong here") from None


@lru_cache(maxsize=1)
def _index_key() -> bytes:
    return hashlib.sha256(b"ratel blind index" + settings.RATEL_API_KEY_PEPPER.encode()).digest()


def blind_index(scope: bytes, value: str) -> int:
    """A keyed 64-bit number (signed, as PostgreSQL's bigint) that is equal for equal values of one scope."""
    digest = hashlib.blake2b(value.encode(), key=_index_key(), person=scope[:16], digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def keyed_hash(value: bytes) -> bytes:
    """Keyed BLAKE2b (256 bits) under the deployment's pepper: what is stored of an API key's secret."""
    return hashlib.blake2b(value, key=_index_key(), person=b"api key", digest_size=32).digest()
