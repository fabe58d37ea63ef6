from django.apps import AppConfig


class RatelConfig(AppConfig):
    name = "ratel"

    def ready(self) -> None:
        from ratel import breaker_board

        breaker_board.begin()
