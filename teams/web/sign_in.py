"""The pages `/accounts/login/` and `/accounts/logout/`. They must never say whether an e-mail is known."""

from http import HTTPStatus
from typing import Any, cast

from django import forms
from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from ratel.requests import client_address
from teams import lockout, sessions
from teams.models import Person
from teams.second_factors import halfway

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

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        return super().get_context_data(**context, has_own_service=bool(settings.RATEL_OIDC_ISSUER))

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """The password was right: signed in, unless something more is asked of this person."""
        person, onwards = form.get_user(), self.get_success_url()
        if halfway.begin(self.request, person, proof="password", onwards=onwards):
            return HttpResponseRedirect(reverse("second-factor"))
        halfway.sign_in(self.request, person, proof="password")
        return HttpResponseRedirect(onwards)

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
            sessions.note_sign_out(request, person)
        return super().post(request, *args, **kwargs)
