"""The floor: a bare Django view without middleware that authenticates nobody, inserts one row and commits.

`gunicorn screening.bench.floor:application` serves it on the settings of the project. It must stay as bare as it is:
whatever is added here flatters the ratio.
"""

import os

import django
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path


def insert(request: HttpRequest) -> HttpResponse:
    """One INSERT, committed by itself before the answer."""
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO bench_floor (body) VALUES (%s)", [request.body.decode()])
    return _answer({"ok": True})


def healthz(request: HttpRequest) -> HttpResponse:
    return _answer({"status": "alive"})


def _answer(document: dict[str, object]) -> HttpResponse:
    """Without its length the server would send it in chunks, which takes longer."""
    response = JsonResponse(document)
    response["Content-Length"] = len(response.content)
    return response


urlpatterns = [path("floor", insert), path("healthz", healthz)]


def make_application() -> WSGIHandler:
    """The project's settings but for the addresses and the middleware."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ratel.settings")
    settings.ROOT_URLCONF = __name__
    settings.MIDDLEWARE = []
    django.setup(set_prefix=False)
    return WSGIHandler()


application = make_application()
