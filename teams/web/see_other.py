"""The answer to a form that was done: go and look, with GET (303)."""

from http import HTTPStatus

from django.http import HttpResponse, HttpResponseRedirect


def see_other(url: str) -> HttpResponse:
    answer = HttpResponseRedirect(url)
    answer.status_code = HTTPStatus.SEE_OTHER
    return answer
