"""`/accounts/`: how one signs in: password, second factors, recovery codes, and where one is signed in now."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from ratel.identifiers import read
from ratel.problem import Refusal
from ratel.requests import client_address
from teams import lockout, password_links, sessions
from teams.second_factors import kept
from teams.web import shown_once
from teams.web.access import person_of, signed_in
from teams.web.account_confirm import LONGEST_PASSWORD, recently_proven
from teams.web.account_second_factor import CODES
from teams.web.see_other import see_other

PASSKEY, SIGN_IN = "pky", "sgn"
DIFFERENT = "The two new passwords are not the same."


class NewPasswordForm(forms.Form):
    """A new password, twice; `current` too where the person is signed in."""

    current = forms.CharField(strip=False, max_length=LONGEST_PASSWORD, required=False)
    new = forms.CharField(strip=False, max_length=LONGEST_PASSWORD)
    again = forms.CharField(strip=False, max_length=LONGEST_PASSWORD)

    def problem(self, person: Any) -> str:
        """What is wrong with the new password, "" where nothing is."""
        if not self.is_valid():
            return "Both fields of the new password are needed."
        if self.cleaned_data["new"] != self.cleaned_data["again"]:
            return DIFFERENT
        try:
            validate_password(self.cleaned_data["new"], person)
        except ValidationError as refused:
            return " ".join(refused.messages)
        return ""


@require_safe
@signed_in
def account(request: HttpRequest) -> HttpResponse:
    person = person_of(request)
    context = {
        "has": kept.kept_of(person),
        "asking": kept.asking_team_of(person),
        "sign_ins": sessions.open_sign_ins(request, person),
        "idle_minutes": int(sessions.idle_limit().total_seconds() // 60),
        "hours": int(sessions.longest().total_seconds() // 3600),
        "has_password": person.has_usable_password(),
    }
    return render(request, "accounts/account.html", context)


@require_POST
@signed_in
def change_password(request: HttpRequest) -> HttpResponse:
    person, form, address = person_of(request), NewPasswordForm(request.POST), client_address(request)
    if not lockout.attempt(person.email, address):
        messages.error(request, "Too many attempts. Try again in 15 minutes.")
        return _back()
    if not person.check_password(str(request.POST.get("current", ""))[:LONGEST_PASSWORD]):
        messages.error(request, "Your present password is not right.")
        return _back()
    problem = form.problem(person)
    if problem:
        messages.error(request, problem)
        return _back()
    lockout.forgive(person.email, address)
    password_links.set_own(request=request, person=person, password=form.cleaned_data["new"])
    update_session_auth_hash(request, person)
    messages.success(request, "Your password is changed, and you are signed out everywhere else.")
    return _back()


@require_POST
@signed_in
@recently_proven
def remove_time_code(request: HttpRequest) -> HttpResponse:
    return _removed(
        request, lambda: kept.remove_time_code(person=person_of(request), address=client_address(request))
    )


@require_POST
@signed_in
@recently_proven
def remove_passkey(request: HttpRequest, passkey_id: str) -> HttpResponse:
    return _removed(
        request,
        lambda: kept.remove_passkey(
            person=person_of(request), passkey_id=read(PASSKEY, passkey_id), address=client_address(request)
        ),
    )


def _removed(request: HttpRequest, remove: Any) -> HttpResponse:
    try:
        remove()
    except Refusal as refusal:
        messages.error(request, f"{refusal.detail}.")
    else:
        messages.success(request, "It is removed.")
    return _back()


@require_POST
@signed_in
@recently_proven
def new_recovery_codes(request: HttpRequest) -> HttpResponse:
    person = person_of(request)
    if not kept.kept_of(person).count:
        messages.error(request, "Recovery codes come with a second factor: set one up first.")
        return _back()
    codes = kept.renew_recovery_codes(person=person, address=client_address(request))
    shown_once.keep(request, CODES, {"codes": codes, "onwards": reverse("account")})
    return see_other(reverse("recovery-codes"))


@require_safe
@signed_in
def recovery_codes(request: HttpRequest) -> HttpResponse:
    """Shows the codes that were just made, once."""
    made = shown_once.take(request, CODES)
    if made is None:
        return _back()
    return render(request, "accounts/recovery_codes.html", made)


@require_POST
@signed_in
def end_sign_in(request: HttpRequest, sign_in_id: str) -> HttpResponse:
    if sessions.end_one(request, person_of(request), read(SIGN_IN, sign_in_id)):
        messages.success(request, "That sign-in is ended.")
    else:
        messages.error(request, "That sign-in had ended already.")
    return _back()


@require_POST
@signed_in
def end_other_sign_ins(request: HttpRequest) -> HttpResponse:
    ended = sessions.end_others(request, person_of(request))
    messages.success(request, f"Ended {ended} other sign-in{'' if ended == 1 else 's'}.")
    return _back()


def _back() -> HttpResponse:
    return see_other(reverse("account"))
