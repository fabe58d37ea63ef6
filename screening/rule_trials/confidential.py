"""What a rule has found, where that would tell of reports: a hit on earlier reports says that there was one.

The rule itself may be read by everybody who reads rules; its hits, figures, examples and back-tests only with
`reports.read`.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import orjson

from ratel.problem import Forbidden
from screening.rules.fields import TELLS_OF_REPORTS
from teams.principal import Principal

_FIELD: Final = TELLS_OF_REPORTS.encode()


def is_hidden(caller: Principal, documents: Iterable[Mapping[str, Any]]) -> bool:
    """Whether the caller may not know what a rule with these versions found."""
    if caller.may("reports.read"):
        return False
    return any(_FIELD in orjson.dumps(document) for document in documents)


def refuse_hidden(caller: Principal, documents: Iterable[Mapping[str, Any]]) -> None:
    if is_hidden(caller, documents):
        raise Forbidden("Your role may not see what this rule finds")
