"""Pages are for signed-in people, name them in the record of the call, and stay out of every cache."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache

from teams.models import Person

Page = Callable[..., HttpResponse]


def signed_in(view: Page) -> Page:
    """Sends strangers to the sign-in page; `request.user` is a Person inside the view."""

    @wraps(view)
    def page(request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponse:
        request.caller = f"person:{person_of(request).id}"  # type: ignore[attr-defined]
        return view(request, *arguments, **named)

    return never_cache(login_required(page))


def person_of(request: HttpRequest) -> Person:
    """Who is signed in; only inside of a page for signed-in people."""
    person = request.user
    if not isinstance(person, Person):
        raise TypeError("nobody is signed in")
    return person
