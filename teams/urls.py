"""Addresses of the teams app."""

from django.urls import URLPattern, path

from teams.web.sign_in import SignIn, SignOut

urlpatterns: list[URLPattern] = [
    path("accounts/login/", SignIn.as_view(), name="sign-in"),
    path("accounts/logout/", SignOut.as_view(), name="sign-out"),
]
