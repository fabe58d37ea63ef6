"""Sign-in through the organisation's own service: OpenID Connect's code flow with PKCE, state and nonce.

The service says who somebody is, never what they may do: a verified e-mail is looked up among the people that are there
already, and nobody is ever made from it. Everything it says is checked: signature, issuer, audience, time, nonce.
"""

import base64
import hashlib
import json
import secrets
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any, Final

import structlog
from django.conf import settings
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

log = structlog.get_logger(__name__)
ALGORITHMS: Final = ("RS256", "PS256", "ES256", "EdDSA")
_TIMEOUT_SECONDS: Final = 5
_LARGEST_ANSWER: Final = 256 * 1024
_KEPT_SECONDS: Final = 3600
_LEEWAY_SECONDS: Final = 60
_LONGEST_CODE: Final = 2_000


class NotVouched(Exception):
    """The service did not say who this is in a way that can be believed. The text is for logs: it names no person."""


@dataclass(frozen=True)
class Asked:
    """What is sent along and must come back: kept in the browser's session until then."""

    state: str
    nonce: str
    verifier: str
    redirect_uri: str


@dataclass(frozen=True)
class Vouched:
    """`is_strong`: the service itself asked for more than one proof (`amr` has `mfa`)."""

    email: str
    is_strong: bool


@dataclass(frozen=True)
class _Service:
    issuer: str
    authorization: str
    token: str
    keys: KeySet


_lock: Final = threading.Lock()
_kept: dict[str, tuple[float, _Service]] = {}


def is_configured() -> bool:
    return bool(settings.RATEL_OIDC_ISSUER)


def ask(redirect_uri: str) -> tuple[str, Asked]:
    """The address of the service where the browser goes, and what to keep. Raises NotVouched where it is away."""
    asked = Asked(
        state=secrets.token_urlsafe(32),
        nonce=secrets.token_urlsafe(32),
        verifier=secrets.token_urlsafe(32),
        redirect_uri=redirect_uri,
    )
    challenge = hashlib.sha256(asked.verifier.encode()).digest()
    query = {
        "response_type": "code",
        "client_id": settings.RATEL_OIDC_CLIENT_ID,
        "redirect_uri": redirect_uri,
        "scope": "openid email",
        "state": asked.state,
        "nonce": asked.nonce,
        "code_challenge": base64.urlsafe_b64encode(challenge).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }
    address = _service().authorization
    return f"{address}{'&' if '?' in address else '?'}{urllib.parse.urlencode(query)}", asked


def answer(asked: Asked, *, state: str, code: str) -> Vouched:
    """Whom the service vouches for; raises NotVouched."""
    if not secrets.compare_digest(state.encode(), asked.state.encode()):
        raise NotVouched("another state came back")
    if not code or len(code) > _LONGEST_CODE:
        raise NotVouched("no code came back")
    return _checked(_token_for(asked, code), asked.nonce)


def _token_for(asked: Asked, code: str) -> str:
    credentials = ":".join(
        urllib.parse.quote_plus(one)
        for one in (settings.RATEL_OIDC_CLIENT_ID, settings.RATEL_OIDC_CLIENT_SECRET)
    )
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": asked.redirect_uri,
        "code_verifier": asked.verifier,
    }
    found = _fetch(
        _service().token,
        form=form,
        headers={"Authorization": "Basic " + base64.b64encode(credentials.encode()).decode()},
    )
    token = found.get("id_token")
    if not isinstance(token, str):
        raise NotVouched("no identity token came back")
    return token


def _checked(token: str, nonce: str) -> Vouched:
    claims = _claims(token)
    registry = jwt.JWTClaimsRegistry(
        leeway=_LEEWAY_SECONDS,
        iss={"essential": True, "value": _service().issuer},
        aud={"essential": True, "value": settings.RATEL_OIDC_CLIENT_ID},
        exp={"essential": True},
        iat={"essential": True},
        nonce={"essential": True, "value": nonce},
    )
    try:
        registry.validate(claims)
    except JoseError as wrong:
        raise NotVouched(f"a claim is wrong: {type(wrong).__name__}") from None
    audience = claims["aud"]
    if (
        isinstance(audience, list)
        and len(audience) > 1
        and claims.get("azp") != settings.RATEL_OIDC_CLIENT_ID
    ):
        raise NotVouched("the token was made for another program")
    email = claims.get("email")
    if not isinstance(email, str) or claims.get("email_verified") is not True:
        raise NotVouched("no verified e-mail")
    ways = claims.get("amr")
    return Vouched(email, is_strong=isinstance(ways, list) and "mfa" in ways)


def _claims(token: str) -> dict[str, Any]:
    """The claims under a good signature; keys that are new are fetched once before it is refused."""
    try:
        return dict(jwt.decode(token, _service().keys, algorithms=list(ALGORITHMS)).claims)
    except (JoseError, ValueError):
        _kept.clear()
    try:
        return dict(jwt.decode(token, _service().keys, algorithms=list(ALGORITHMS)).claims)
    except (JoseError, ValueError) as wrong:
        raise NotVouched(f"the signature is wrong: {type(wrong).__name__}") from None


def _service() -> _Service:
    """What the issuer publishes about itself, at most an hour old."""
    issuer = settings.RATEL_OIDC_ISSUER
    with _lock:
        kept = _kept.get(issuer)
        if kept is None or time.monotonic() - kept[0] > _KEPT_SECONDS:
            kept = _kept[issuer] = (time.monotonic(), _discover(issuer))
        return kept[1]


def _discover(issuer: str) -> _Service:
    found = _fetch(f"{issuer}/.well-known/openid-configuration")
    # As it writes itself, with or without a slash at the end: tokens must say the same.
    if str(found.get("issuer")).rstrip("/") != issuer:
        raise NotVouched("the service calls itself otherwise")
    service = _Service(
        issuer=str(found["issuer"]),
        authorization=str(found.get("authorization_endpoint")),
        token=str(found.get("token_endpoint")),
        keys=_keys(str(found.get("jwks_uri"))),
    )
    _require_safe(service.authorization)
    _require_safe(service.token)
    return service


def _keys(address: str) -> KeySet:
    published: Any = _fetch(address)
    try:
        return KeySet.import_key_set(published)
    except (JoseError, ValueError, KeyError, TypeError):
        raise NotVouched("the service publishes no keys") from None


def _require_safe(address: str) -> None:
    parts = urllib.parse.urlsplit(address)
    in_test = settings.RATEL_ENVIRONMENT == "test" and parts.scheme == "http"
    if parts.scheme == "https" or (in_test and is_loopback(parts.hostname or "")):
        return
    raise NotVouched("an address of the service is not https")


def is_loopback(host: str) -> bool:
    return host in {"127.0.0.1", "::1", "localhost"}


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


def _fetch(
    address: str, *, form: dict[str, str] | None = None, headers: dict[str, str] | None = None
) -> dict[str, Any]:
    """The JSON object behind an address of the service."""
    _require_safe(address)
    body = urllib.parse.urlencode(form).encode() if form else None
    request = urllib.request.Request(address, body, headers or {})  # noqa: S310 - https, checked above
    opener = urllib.request.build_opener(_NoRedirects, *_handlers(address))
    try:
        with opener.open(request, timeout=_TIMEOUT_SECONDS) as answered:
            text = answered.read(_LARGEST_ANSWER + 1)
    except (OSError, HTTPException) as away:
        raise NotVouched(f"the service did not answer: {type(away).__name__}") from None
    try:
        found = json.loads(text) if len(text) <= _LARGEST_ANSWER else None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise NotVouched("the service did not answer with an object")
    return found


def _handlers(address: str) -> list[urllib.request.BaseHandler]:
    is_here = is_loopback(urllib.parse.urlsplit(address).hostname or "")
    return [urllib.request.ProxyHandler({})] if is_here else []
