"""Before somebody changes how they sign in, they have proven themselves within the last minutes.

So a desk that was left open for a moment cannot be made somebody else's for good.
"""

from datetime import timedelta
from functools import wraps
from http import HTTPStatus
from typing import Any, Final

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods

from ratel.requests import client_address
from teams import lockout, sessions
from teams.web.access import Page, person_of, signed_in
from teams.web.see_other import see_other

_CONFIRMED_AT: Final = "ratel.confirmed_at"
_GOOD_FOR: Final = timedelta(minutes=15)
LONGEST_PASSWORD: Final = 1_000


class PasswordForm(forms.Form):
    password = forms.CharField(
        strip=False,
        max_length=LONGEST_PASSWORD,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "autofocus": True}),
    )


def is_recent(request: HttpRequest) -> bool:
    since, confirmed = sessions.signed_in_at(request), request.session.get(_CONFIRMED_AT)
    now = timezone.now()
    return (since is not None and now - since < _GOOD_FOR) or (
        isinstance(confirmed, float) and now.timestamp() - confirmed < _GOOD_FOR.total_seconds()
    )


def recently_proven(view: Page) -> Page:
    """Asks for the password first where it was not given lately; a form is to be sent again after that."""

    @wraps(view)
    def guarded(request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponse:
        if not is_recent(request):
            return see_other(reverse("confirm") + "?next=" + reverse("account"))
        return view(request, *arguments, **named)

    return guarded


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def confirm(request: HttpRequest) -> HttpResponse:
    """`/accounts/confirm/?next=...`: the password once more."""
    onwards = _local(request.POST.get("next") or request.GET.get("next"))
    form, person = PasswordForm(request.POST or None), person_of(request)
    context: dict[str, Any] = {"onwards": onwards, "has_password": person.has_usable_password()}
    if request.method != "POST" or not form.is_valid():
        return render(request, "accounts/confirm.html", context)
    address = client_address(request)
    if not lockout.attempt(person.email, address):
        context["problem"] = "Too many attempts. Try again in 15 minutes."
        return render(request, "accounts/confirm.html", context, status=HTTPStatus.TOO_MANY_REQUESTS)
    if not person.check_password(form.cleaned_data["password"]):
        context["problem"] = "This is not your password."
        return render(request, "accounts/confirm.html", context)
    lockout.forgive(person.email, address)
    request.session[_CONFIRMED_AT] = timezone.now().timestamp()
    return see_other(onwards)


def _local(url: str | None) -> str:
    is_good = bool(url) and str(url).startswith("/accounts/")
    return (
        str(url)
        if is_good and url_has_allowed_host_and_scheme(url, allowed_hosts=None)
        else reverse("account")
    )
