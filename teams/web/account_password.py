"""`/accounts/set-password/<token>/`: somebody new, or who forgot, sets a password with a link that is good once."""

from http import HTTPStatus

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from ratel.requests import client_address
from teams import password_links
from teams.web.account import NewPasswordForm
from teams.web.see_other import see_other


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def set_password(request: HttpRequest, token: str) -> HttpResponse:
    person = password_links.person_of_link(token)
    if person is None:
        return render(request, "accounts/link_ended.html", status=HTTPStatus.NOT_FOUND)
    if request.method != "POST":
        return render(request, "accounts/set_password.html", {"person": person})
    form = NewPasswordForm(request.POST)
    problem = form.problem(person)
    if problem:
        return render(request, "accounts/set_password.html", {"person": person, "problem": problem})
    if not password_links.set_by_link(
        token=token, password=form.cleaned_data["new"], address=client_address(request)
    ):
        return render(request, "accounts/link_ended.html", status=HTTPStatus.NOT_FOUND)
    messages.success(request, "Your password is set. Sign in with it.")
    return see_other(reverse("sign-in"))
