"""Addresses of the teams app."""

from django.urls import URLPattern, path

from teams.api import keys
from teams.api.usage import UsageView
from teams.web import account, account_confirm, account_oidc, account_password
from teams.web import account_second_factor as second_factor
from teams.web.sign_in import SignIn, SignOut

urlpatterns: list[URLPattern] = [
    path("accounts/login/", SignIn.as_view(), name="sign-in"),
    path("accounts/logout/", SignOut.as_view(), name="sign-out"),
    path("accounts/second-factor/", second_factor.second_factor, name="second-factor"),
    path("accounts/second-factor/add/", second_factor.add_second_factor, name="second-factor-add"),
    path("accounts/set-password/<str:token>/", account_password.set_password, name="set-password"),
    path("accounts/oidc/", account_oidc.begin, name="oidc"),
    path("accounts/oidc/callback/", account_oidc.callback, name="oidc-callback"),
    path("accounts/", account.account, name="account"),
    path("accounts/confirm/", account_confirm.confirm, name="confirm"),
    path("accounts/password/", account.change_password, name="change-password"),
    path("accounts/time-code/remove/", account.remove_time_code, name="time-code-remove"),
    path("accounts/passkeys/<str:passkey_id>/remove/", account.remove_passkey, name="passkey-remove"),
    path("accounts/recovery-codes/", account.recovery_codes, name="recovery-codes"),
    path("accounts/recovery-codes/new/", account.new_recovery_codes, name="recovery-codes-new"),
    path("accounts/sign-ins/end-others/", account.end_other_sign_ins, name="sign-ins-end-others"),
    path("accounts/sign-ins/<str:sign_in_id>/end/", account.end_sign_in, name="sign-in-end"),
    path("api/keys", keys.KeysView.as_view()),
    path("api/keys/<str:key_id>", keys.KeyView.as_view()),
    path("api/keys/<str:key_id>/rotate", keys.KeyRotateView.as_view()),
    path("api/keys/<str:key_id>/revoke", keys.KeyRevokeView.as_view()),
    path("api/usage", UsageView.as_view()),
]
