"""Addresses of the teams app."""

from django.urls import URLPattern, path

from teams.api import keys
from teams.api.usage import UsageView
from teams.web.sign_in import SignIn, SignOut

urlpatterns: list[URLPattern] = [
    path("accounts/login/", SignIn.as_view(), name="sign-in"),
    path("accounts/logout/", SignOut.as_view(), name="sign-out"),
    path("api/keys", keys.KeysView.as_view()),
    path("api/keys/<str:key_id>", keys.KeyView.as_view()),
    path("api/keys/<str:key_id>/rotate", keys.KeyRotateView.as_view()),
    path("api/keys/<str:key_id>/revoke", keys.KeyRevokeView.as_view()),
    path("api/usage", UsageView.as_view()),
]
