from django.apps import AppConfig


class RatelConfig(AppConfig):
    name = "ratel"
