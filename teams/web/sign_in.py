"""The pages `/accounts/login/` and `/accounts/logout/`. They must never say whether an e-mail is known."""

from http import HTTPStatus
from typing import Any, cast

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse

from ratel.requests import client_address
from ratel.tenancy import tenant
from teams import audit, lockout
from teams.models import Person

LONGEST_EMAIL = 254
LONGEST_PASSWORD = 1_000


class SignInForm(AuthenticationForm):
    """E-mail and password. `is_locked` after too many attempts, when neither was looked at."""

    username = forms.CharField(
        label="Email",
        max_length=LONGEST_EMAIL,
        widget=forms.EmailInput(attrs={"autofocus": True, "autocomplete": "username"}),
    )
    password = forms.CharField(
        label="Password",
        strip=False,
        max_length=LONGEST_PASSWORD,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    error_messages = {
        "invalid_login": "This e-mail and password do not belong together.",
        "inactive": "This e-mail and password do not belong together.",
        "locked": "Too many attempts. Try again in 15 minutes, or ask an administrator for a new password.",
    }
    is_locked = False

    def clean(self) -> dict[str, Any]:
        email, address = self.cleaned_data.get("username"), client_address(cast(HttpRequest, self.request))
        if not email or not self.cleaned_data.get("password"):
            return self.cleaned_data
        if not lockout.attempt(email, address):
            self.is_locked = True
            raise forms.ValidationError(self.error_messages["locked"], code="locked")
        cleaned = super().clean()
        lockout.forgive(email, address)
        return cleaned


class SignIn(LoginView):
    template_name = "accounts/login.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        response = super().form_invalid(form)
        if isinstance(form, SignInForm) and form.is_locked:
            response.status_code = HTTPStatus.TOO_MANY_REQUESTS
            response["Retry-After"] = str(lockout.WINDOW_SECONDS)
        return response


class SignOut(LogoutView):
    """Only by POST, so that no link or picture can sign anybody out."""

    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        person = request.user
        if isinstance(person, Person):
            with tenant(person.organisation_id):
                audit.record(
                    organisation_id=person.organisation_id,
                    team_id=None,
                    actor=audit.person(person.id, client_address(request)),
                    action="person.signed_out",
                    subject=("person", str(person.id)),
                )
        return super().post(request, *args, **kwargs)
