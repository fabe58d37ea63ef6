"""Filters of the desk's lists as a form sends them: a field that was left empty is no filter."""

from collections.abc import Mapping

from django.http import HttpRequest

from ratel.pages import Query
from teams.web.desk.exported import FORMAT


class Filters(Query):
    """A Query that a GET form filled in; `shown` fills the form again."""

    def __init__(self, request: HttpRequest, *names: str) -> None:
        super().__init__(request, *names, FORMAT)
        self._given = {name: value.strip() for name, value in self._given.items() if value.strip()}

    @property
    def shown(self) -> Mapping[str, str]:
        return self._given
