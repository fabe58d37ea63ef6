"""A security key in software: makes passkeys and signs challenges, honestly or as somebody who is up to something."""

import hashlib
import json
import os
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

PRESENT, VERIFIED, ATTESTED = 1, 4, 64


@dataclass
class Device:
    """`origin` and `site` are what the browser says where it is."""

    origin: str = "http://testserver"
    site: str = "testserver"
    credential_id: bytes = field(default_factory=lambda: os.urandom(32))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    counter: int = 0

    def make(self, options: dict[str, Any]) -> str:
        """The answer to an invitation to add a passkey."""
        numbers = self.key.public_key().public_numbers()
        x, y = numbers.x.to_bytes(32, "big"), numbers.y.to_bytes(32, "big")
        public = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: x, -3: y})
        named = bytes(16) + len(self.credential_id).to_bytes(2, "big") + self.credential_id
        attested = self._seen(PRESENT | VERIFIED | ATTESTED) + named + public
        statement = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": attested})
        return self._answer("webauthn.create", options, attestationObject=b64(statement))

    def sign(self, options: dict[str, Any]) -> str:
        """The answer to a challenge."""
        self.counter += 1
        seen = self._seen(PRESENT | VERIFIED)
        said = self._said("webauthn.get", options)
        signature = self.key.sign(seen + hashlib.sha256(said).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer("webauthn.get", options, authenticatorData=b64(seen), signature=b64(signature))

    def _seen(self, flags: int) -> bytes:
        return hashlib.sha256(self.site.encode()).digest() + bytes([flags]) + self.counter.to_bytes(4, "big")

    def _said(self, kind: str, options: dict[str, Any]) -> bytes:
        said = {"type": kind, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": False}
        return json.dumps(said).encode()

    def _answer(self, kind: str, options: dict[str, Any], **response: str) -> str:
        named = b64(self.credential_id)
        response["clientDataJSON"] = b64(self._said(kind, options))
        return json.dumps({"id": named, "rawId": named, "type": "public-key", "response": response})


def b64(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()
