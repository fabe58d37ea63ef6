"""`team/keys`: API keys of the team and its sandbox. A key's text is shown on one page, once, with calls to try."""

import json
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

from django.conf import settings
from django.http import HttpResponse
from django.utils import timezone
from django.utils.module_loading import import_string

from ratel.identifiers import read, show
from ratel.problem import Forbidden, Invalid, NotFound, Problem
from ratel.tenancy import set_tenant
from teams import key_services, team_reads
from teams.api import fields
from teams.api.serial import KEY, STATUSES
from teams.key_services import keys_of
from teams.models import ApiKey
from teams.web import shown_once
from teams.web.desk import Desk, action, as_csv, page, wants_csv
from teams.web.desk.filters import Filters
from teams.web.team_page import EXPIRIES, form_context

_TEXT: Final = "api-key"
_KINDS: Final = {"live": True, "test": False}
_HEADER: Final = (
    *("key", "name", "prefix", "kind", "state", "scopes", "networks", "tier", "a minute", "burst"),
    *("made", "expires", "last used"),
)
_OVERLAPS: Final = {"0": "at once", "3600": "in an hour", "86400": "in a day", "604800": "in a week"}
_SAMPLE: Final = {
    "externalId": "first-call-1",
    "customerId": "customer-1",
    "direction": "debit",
    "amount": 100,
    "channel": "transfer",
}
# By scope, the call with which a new key is tried: the first that it may make.
_TRIALS: Final = {
    "evaluate": ("POST", "/api/transactions/evaluate", _SAMPLE),
    "screen.run": ("POST", "/api/screenings", {"lane": "onboarding", "fullName": "Jane Doe"}),
    "read": ("GET", "/api/alerts?limit=1", None),
    "webhooks": ("GET", "/api/webhook-endpoints?limit=1", None),
    "admin": ("GET", "/api/keys?limit=1", None),
}


@dataclass(frozen=True)
class Trial:
    """A call ready to be pasted; `id` and `hotkey` are those of the page."""

    id: str
    hotkey: str
    words: str
    curl: str


@page(section="team", needs="team.read")
def keys(desk: Desk) -> HttpResponse:
    query = Filters(desk.request, "status", "kind")
    status, kind, cut = query.choice("status", STATUSES), query.choice("kind", _KINDS), query.page()
    query.finish()
    found, now = team_reads.with_status(keys_of(desk.caller), status), timezone.now()
    found = (found.filter(is_live=_KINDS[kind]) if kind else found).order_by("-id")
    if wants_csv(desk.request):
        return as_csv(
            desk, "keys", _HEADER, (_cells(team_reads.KeyRow(one, now)) for one in found.iterator())
        )
    found = found.filter(id__lt=cut.after) if cut.after else found
    shown, cursor = cut.cut(list(found[: cut.limit + 1]), lambda one: one.id)
    context = {
        "keys": [team_reads.KeyRow(one, now) for one in shown],
        "cursor": cursor,
        "filters": query.shown,
        "statuses": STATUSES,
        **form_context(desk),
    }
    return desk.render("desk/team/keys.html", context)


@page(section="team", needs="team.read")
def key(desk: Desk, key_id: str) -> HttpResponse:
    row = _row(desk, key_id)
    # Right after it was made there is no use yet, and nowhere else is its text.
    made = shown_once.take(desk.request, _TEXT) if desk.may("keys.write") else None
    text = made["text"] if made and made["key"] == key_id else None
    # The use of a test key is the sandbox's.
    set_tenant(desk.caller.team.organisation_id, [row.key.team_id])
    context = {
        "row": row,
        "text": text,
        "trials": list(_trials(desk, row.key, text)) if text else [],
        "chart": team_reads.chart_of(team_reads.use_of(row.key.id)),
        "overlaps": _OVERLAPS.items(),
        "tiers": form_context(desk)["tiers"],
        "networks": "\n".join(row.key.allowed_networks),
    }
    return desk.render("desk/team/key.html", context)


@page(section="team", needs="team.read")
def key_seen(desk: Desk, key_id: str) -> HttpResponse:
    """The part of a key's page that looks again by itself: when it was last used."""
    return desk.render("desk/team/key_seen.html", {"row": _row(desk, key_id)})


@action(section="team", needs="keys.write")
def create(desk: Desk) -> HttpResponse:
    form, problems = desk.request.POST, list[Problem]()
    document = _document(form)
    given: dict[str, Any] = {
        "name": fields.name_in(document, problems),
        "scopes": fields.scopes_in(document, problems),
        "is_live": form.get("kind") == "live",
        "allowance": fields.allowance_in(document, problems),
        "allowed_networks": fields.networks_in(document, problems),
    }
    if form.get("kind") not in _KINDS:
        problems.append(Problem("kind", "must be live or test"))
    expiry = form.get("expires", "")
    if expiry not in EXPIRIES:
        problems.append(Problem("expires", "is not one of the choices"))
    if problems:
        raise Invalid("The key was not made", errors=problems)
    given["expires_at"] = timezone.now() + timedelta(days=int(expiry)) if expiry else None
    try:
        made = key_services.create_key(caller=desk.caller, **given)
    except Forbidden as refusal:
        # The role may make keys, only not this one: told on the form, with what was chosen.
        desk.complain(refusal)
        return desk.back("team-keys")
    desk.say("The key is made. Copy it now: it is shown once.")
    return _on_to(desk, made)


@action(section="team", needs="keys.write")
def rotate(desk: Desk, key_id: str) -> HttpResponse:
    overlap = desk.request.POST.get("overlap", "")
    if overlap not in _OVERLAPS:
        raise Invalid(errors=[Problem("overlap", "is not one of the choices")])
    made = key_services.rotate_key(
        caller=desk.caller, key_id=read(KEY, key_id), overlap=timedelta(seconds=int(overlap))
    )
    desk.say(f"This is the new key; the old one ends {_OVERLAPS[overlap]}. Copy it now: it is shown once.")
    return _on_to(desk, made)


@action(section="team", needs="keys.write")
def revoke(desk: Desk, key_id: str) -> HttpResponse:
    key_services.revoke_key(caller=desk.caller, key_id=read(KEY, key_id))
    desk.say("The key is revoked: within a second nothing answers to it any more.")
    return desk.to("team-key", key_id)


@action(section="team", needs="keys.write")
def change(desk: Desk, key_id: str) -> HttpResponse:
    problems = list[Problem]()
    document = _document(desk.request.POST)
    changes = {
        "name": fields.name_in(document, problems),
        "allowed_networks": fields.networks_in(document, problems),
    }
    allowance = fields.allowance_in(document, problems)
    if problems:
        raise Invalid("Nothing was changed", errors=problems)
    key_services.update_key(
        caller=desk.caller, key_id=read(KEY, key_id), changes=changes, allowance=allowance
    )
    desk.say("The key is changed, everywhere within a second.")
    return desk.to("team-key", key_id)


def _document(form: Any) -> dict[str, Any]:
    """The form as the API's body would say it."""
    document: dict[str, Any] = {"name": form.get("name", "").strip(), "scopes": form.getlist("scopes")}
    document["allowedNetworks"] = form.get("networks", "").replace(",", " ").split()
    tier = form.get("tier", "")
    if tier:
        document["tier"] = tier
    for name, sent in (("ratePerMinute", "rate"), ("burst", "burst")):
        number = form.get(sent, "").strip()
        if number and tier == "custom":
            document[name] = (
                int(number) if number.isascii() and number.isdigit() and len(number) < 9 else number
            )
    return document


def _row(desk: Desk, key_id: str) -> team_reads.KeyRow:
    identifier = read(KEY, key_id)
    found = keys_of(desk.caller).select_related("created_by").filter(id=identifier) if identifier else None
    key = found.first() if found is not None else None
    if key is None:
        raise NotFound("There is no such key in this team")
    return team_reads.KeyRow(key, timezone.now())


def _on_to(desk: Desk, made: key_services.NewKey) -> HttpResponse:
    identifier = show(KEY, made.key.id)
    shown_once.keep(desk.request, _TEXT, {"key": identifier, "text": made.text})
    return desk.to("team-key", identifier)


def _trials(desk: Desk, key: ApiKey, text: str) -> Iterator[Trial]:
    """Calls that this key may make: a simple one, and the team's own payload where it has a schema."""
    found = next((call for scope, call in _TRIALS.items() if scope in key.scopes), None)
    if found is not None:
        yield Trial("curl", "u", "the call", _curl(desk, text, *found))
    team = replace(desk.caller.team, id=key.team_id)
    payload = import_string(settings.RATEL_PAYLOAD_SAMPLE)(team) if "evaluate" in key.scopes else None
    if payload is not None:
        # Another key's first call is another payment.
        body = {"data": payload | {"txn_id": f"first-call-{show(KEY, key.id)}"}}
        words = "the call with your payload"
        yield Trial("curl-stream", "p", words, _curl(desk, text, "POST", "/stream/v1", body))


def _curl(desk: Desk, text: str, method: str, path: str, body: Any) -> str:
    lines = [f"curl -sS -X {method} {shlex.quote(desk.request.build_absolute_uri(path))}"]
    lines.append(f"  -H {shlex.quote('X-API-Key: ' + text)}")
    if body is not None:
        lines.append("  -H 'Content-Type: application/json'")
        lines.append(f"  -d {shlex.quote(json.dumps(body))}")
    return " \\\n".join(lines)


def _cells(row: team_reads.KeyRow) -> list[Any]:
    one, limit = row.key, row.limit
    return [
        *(show(KEY, one.id), one.name, row.prefix, "live" if one.is_live else "test", row.state),
        *(" ".join(one.scopes), " ".join(one.allowed_networks), one.tier),
        *(limit.per_minute if limit else None, limit.burst if limit else None),
        *(one.created_at, one.expires_at, one.last_used_at),
    ]
