"""Addresses that fail, each with the name of a person in its path and an exception that quotes what was sent."""

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path
from rest_framework.request import Request
from rest_framework.views import APIView

from ratel.problem import NotFound
from ratel.urls import handler404, handler500

__all__ = ["handler404", "handler500", "urlpatterns"]

PERSON = "Xaverius-Qwertzuiop"
SECRET = "narration-for-Yolanda"
CALLS = {
    "page": f"/page/{PERSON}?name={PERSON}",
    "page of an API's refusal": f"/refusal/{PERSON}",
    "page that is missing": f"/missing/{PERSON}",
    "API": f"/api/view/{PERSON}?name={PERSON}",
    "API function": f"/api/function/{PERSON}",
}


class FailingView(APIView):
    authentication_classes = ()
    permission_classes = ()

    def get(self, request: Request, name: str) -> HttpResponse:
        raise RuntimeError(f"{SECRET} {name}")


def fails(request: HttpRequest, name: str) -> HttpResponse:
    raise RuntimeError(f"{SECRET} {name}")


def refuses(request: HttpRequest, name: str) -> HttpResponse:
    raise NotFound(f"{SECRET} {name}")


def misses(request: HttpRequest, name: str) -> HttpResponse:
    raise Http404(f"{SECRET} {name}")


urlpatterns = [
    path("page/<str:name>", fails),
    path("refusal/<str:name>", refuses),
    path("missing/<str:name>", misses),
    path("api/view/<str:name>", FailingView.as_view()),
    path("api/function/<str:name>", fails),
]
