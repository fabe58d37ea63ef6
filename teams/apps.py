"""The teams app of Django's registry."""

from importlib import import_module

from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in


class TeamsConfig(AppConfig):
    name = "teams"

    def ready(self) -> None:
        # Django would note the last sign-in in the person's row, outside of any tenant; the audit trail has it.
        user_logged_in.disconnect(dispatch_uid="update_last_login")
        # Models are there only now; being imported is what makes every sign-in known.
        import_module("teams.sessions")
