"""A small OpenID Connect provider for tests, a process of its own with its own keys: `python provider.py PORT`.

It vouches for whoever was set with `POST /control`, and tells whatever lie was asked for there. It insists on its side
of the protocol: the client's secret, one use of a code, the same redirect address, and PKCE.
"""

import base64
import hashlib
import json
import secrets
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

CLIENT, SECRET = "ratel", "a secret & a half"
KEY = RSAKey.generate_key(2048, {"kid": "first", "alg": "RS256", "use": "sig"})
OTHER = RSAKey.generate_key(2048, {"kid": "first", "alg": "RS256", "use": "sig"})
NEXT = RSAKey.generate_key(2048, {"kid": "second", "alg": "RS256", "use": "sig"})
state: dict[str, Any] = {"claims": {}, "lie": ""}
codes: dict[str, dict[str, str]] = {}


class Provider(BaseHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(address.query).items()}
        if address.path == "/.well-known/openid-configuration":
            self.answer(
                {
                    "issuer": "https://elsewhere.example" if state["lie"] == "name" else self.issuer,
                    "authorization_endpoint": f"{self.issuer}/authorize",
                    "token_endpoint": f"{self.issuer}/token",
                    "jwks_uri": f"{self.issuer}/keys",
                }
            )
        elif address.path == "/keys":
            published = NEXT if state["lie"] == "new key" else KEY
            self.answer({"keys": [published.as_dict(private=False)]})
        elif address.path == "/authorize":
            assert query["response_type"] == "code" and query["code_challenge_method"] == "S256"
            code = secrets.token_urlsafe()
            codes[code] = query
            back = urlencode({"code": code, "state": query["state"]})
            self.send_response(302)
            self.send_header("Location", f"{query['redirect_uri']}?{back}")
            self.end_headers()
        else:
            self.answer({}, 404)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if self.path == "/control":
            state.update(json.loads(body))
            self.answer({})
        elif self.path == "/token":
            form = {name: values[0] for name, values in parse_qs(body).items()}
            asked = codes.pop(form.get("code", ""), None)
            if asked is None or not self.is_client() or not fits(form, asked):
                self.answer({"error": "invalid_grant"}, 400)
            else:
                self.answer({"access_token": "x", "token_type": "Bearer", "id_token": self.token(asked)})

    def is_client(self) -> bool:
        expected = base64.b64encode(f"{CLIENT}:a+secret+%26+a+half".encode()).decode()
        return self.headers.get("Authorization") == f"Basic {expected}"

    def token(self, asked: dict[str, str]) -> str:
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": self.issuer,
            "aud": asked["client_id"],
            "sub": "1",
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            "email_verified": True,
            **state["claims"],
        }
        lie = state["lie"]
        claims |= {
            "issuer": {"iss": "https://elsewhere.example"},
            "audience": {"aud": "somebody else"},
            "party": {"aud": [CLIENT, "other"], "azp": "other"},
            "expired": {"exp": now - 600, "iat": now - 900},
            "nonce": {"nonce": "another"},
            "unverified": {"email_verified": False},
            "verified in words": {"email_verified": "true"},
        }.get(lie, {})
        if lie == "no nonce":
            del claims["nonce"]
        if lie == "unsigned":
            head, body = (b64(json.dumps(part).encode()) for part in ({"alg": "none"}, claims))
            return f"{head}.{body}."
        if lie == "shared":
            public = OctKey.import_key(KEY.as_pem(private=False))
            return jwt.encode({"alg": "HS256", "kid": "first"}, claims, public)
        key = {"signature": OTHER, "new key": NEXT}.get(lie, KEY)
        return jwt.encode({"alg": "RS256", "kid": key.kid}, claims, key)

    def answer(self, document: dict[str, Any], status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(document).encode())


def fits(form: dict[str, str], asked: dict[str, str]) -> bool:
    verified = b64(hashlib.sha256(form["code_verifier"].encode()).digest())
    return verified == asked["code_challenge"] and form["redirect_uri"] == asked["redirect_uri"]


def b64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Provider).serve_forever()
