"""`/accounts/second-factor/`: the second step of a sign-in, and setting a factor up, half-way in or signed in.

It must never say which factors somebody has before their password was right, and never sign in on a guess too many.
"""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from ratel.problem import Refusal
from ratel.requests import client_address
from teams import lockout
from teams.models import Person
from teams.second_factors import halfway, kept, passkeys, recovery_codes, time_codes
from teams.second_factors.halfway import Halfway
from teams.web import shown_once
from teams.web.access import person_of
from teams.web.account_confirm import is_recent
from teams.web.see_other import see_other

CODES: Final = "recovery-codes"
_CHALLENGE: Final = "passkey-challenge"
_SECRET: Final = "time-code-secret"  # noqa: S105 - the name under which it is kept
_WRONG: Final = {
    "code": "This code is not right now. A code is good once, and for half a minute.",
    "recovery": "This is none of your recovery codes that are left.",
    "passkey": "This passkey was not accepted. Try again, or use another way.",
}
_LOCKED: Final = (
    "Too many attempts. Try again in 15 minutes, or ask an administrator to reset your second factor."
)


class CodeForm(forms.Form):
    code = forms.CharField(max_length=40, required=False)
    passkey = forms.CharField(max_length=passkeys.LONGEST_ANSWER, required=False)
    name = forms.CharField(max_length=passkeys.LONGEST_NAME, required=False)
    kind = forms.ChoiceField(choices=[(one, one) for one in ("code", "recovery", "passkey")])


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def second_factor(request: HttpRequest) -> HttpResponse:
    """Asks whoever has shown their password for the rest of it."""
    who = halfway.of(request)
    if who is None:
        return see_other(reverse("sign-in"))
    if who.must_add:
        return see_other(reverse("second-factor-add"))
    if request.method != "POST":
        return _question(request, who)
    form = CodeForm(request.POST)
    kind = form.cleaned_data["kind"] if form.is_valid() else "code"
    if not halfway.may_try(who.person):
        answer = _question(request, who, problem=_LOCKED, status=HTTPStatus.TOO_MANY_REQUESTS)
        answer["Retry-After"] = str(lockout.WINDOW_SECONDS)
        return answer
    if form.is_valid() and _is_right(request, who.person, kind, form.cleaned_data):
        proof = {"code": "time code", "recovery": "recovery code", "passkey": "passkey"}[kind]
        halfway.finish(request, who, proof=proof)
        return see_other(who.onwards)
    halfway.note_refusal(request, who.person, tried=kind)
    return _question(request, who, problem=_WRONG[kind], status=HTTPStatus.OK)


def _is_right(request: HttpRequest, person: Person, kind: str, given: dict[str, Any]) -> bool:
    if kind == "code":
        return time_codes.is_right(person, given["code"])
    if kind == "recovery":
        return recovery_codes.use(person, given["code"])
    site, asked = passkeys.site_of(request), shown_once.take(request, _CHALLENGE)
    if site is None or asked is None:
        return False
    return passkeys.is_right(person, site, bytes.fromhex(asked["challenge"]), given["passkey"])


def _question(
    request: HttpRequest, who: Halfway, *, problem: str = "", status: int = HTTPStatus.OK
) -> HttpResponse:
    has, site = kept.kept_of(who.person), passkeys.site_of(request)
    asked = passkeys.ask(who.person, site) if site and has.passkeys else None
    if asked:
        shown_once.keep(request, _CHALLENGE, {"challenge": asked.challenge.hex()})
    context = {
        "has": has,
        "options": asked.options if asked else None,
        "no_passkeys_here": bool(has.passkeys) and site is None,
        "problem": problem,
    }
    return render(request, "accounts/second_factor.html", context, status=status)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def add_second_factor(request: HttpRequest) -> HttpResponse:
    """Sets up an authenticator app or a passkey: for whoever must before they are signed in, and for who is."""
    who = halfway.of(request)
    if who is not None and who.must_add:
        return _add(request, who.person, who.must_add, lambda: _finished(request, who))
    if not request.user.is_authenticated:
        return see_other(reverse("sign-in"))
    if not is_recent(request):
        return see_other(reverse("confirm") + "?next=" + reverse("second-factor-add"))
    return _add(request, person_of(request), None, lambda: _told(request))


def _add(
    request: HttpRequest, person: Person, asking: str | None, done: Callable[[], HttpResponse]
) -> HttpResponse:
    if request.method != "POST":
        return _offer(request, person, asking)
    form = CodeForm(request.POST)
    try:
        codes = _added(request, person, form.cleaned_data) if form.is_valid() else None
    except Refusal as refusal:
        words = [f"The {one.path} {one.message}." for one in refusal.errors] or [f"{refusal.detail}."]
        return _offer(request, person, asking, problem=" ".join(words))
    if codes is None:
        return _offer(request, person, asking, problem="This took too long. Begin again.")
    answer = done()
    if codes:
        shown_once.keep(request, CODES, {"codes": codes, "onwards": answer.headers["Location"]})
        return see_other(reverse("recovery-codes"))
    return answer


def _added(request: HttpRequest, person: Person, given: dict[str, Any]) -> list[str] | None:
    """Recovery codes to show, if any; None where what had been asked is gone."""
    address = client_address(request)
    if given["kind"] == "code":
        kept_secret = shown_once.peek(request, _SECRET)
        if kept_secret is None or kept_secret["person"] != str(person.id):
            return None
        codes = kept.add_time_code(
            person=person, secret=kept_secret["secret"], code=given["code"], address=address
        )
        shown_once.take(request, _SECRET)
        return codes
    site, asked = passkeys.site_of(request), shown_once.take(request, _CHALLENGE)
    if site is None or asked is None:
        return None
    return kept.add_passkey(
        person=person,
        site=site,
        challenge=bytes.fromhex(asked["challenge"]),
        answer=given["passkey"],
        name=given["name"],
        address=address,
    )


def _offer(request: HttpRequest, person: Person, asking: str | None, *, problem: str = "") -> HttpResponse:
    has, site = kept.kept_of(person), passkeys.site_of(request)
    context: dict[str, Any] = {"has": has, "asking": asking, "problem": problem, "person": person}
    if not has.time_code_since:
        secret = _secret_for(request, person)
        width, path = time_codes.picture_of(time_codes.address_of(person, secret))
        spaced = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
        context |= {"secret": spaced, "picture_width": width, "picture_path": path}
    if site:
        asked = passkeys.ask_for_new(person, site)
        shown_once.keep(request, _CHALLENGE, {"challenge": asked.challenge.hex()})
        context["options"] = asked.options
    template = "accounts/add_halfway.html" if asking else "accounts/add.html"
    return render(request, template, context)


def _secret_for(request: HttpRequest, person: Person) -> str:
    """The same until it was used, so that a mistyped code does not ask for another scan."""
    kept_secret = shown_once.peek(request, _SECRET)
    if kept_secret is not None and kept_secret["person"] == str(person.id):
        return str(kept_secret["secret"])
    secret = time_codes.new_secret()
    shown_once.keep(request, _SECRET, {"secret": secret, "person": str(person.id)})
    return secret


def _finished(request: HttpRequest, who: Halfway) -> HttpResponse:
    halfway.finish(request, who, proof="a new second factor")
    return see_other(who.onwards)


def _told(request: HttpRequest) -> HttpResponse:
    messages.success(request, "Your second factor is set up. It will be asked for at your next sign-in.")
    return see_other(reverse("account"))
