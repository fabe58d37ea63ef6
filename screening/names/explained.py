"""The lines that explain a name match, taken apart again for people: token by token, then the evidence.

Lines are written by `alignment.py` and `evidence.py` and stored with results; a line that is none of theirs is kept as
it is, so that nothing of an explanation is ever lost on the way to a page.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

_PAIR: Final = re.compile(r"'(?P<listed>.*)' = '(?P<asked>.*)', (?P<rule>[^',]+), (?P<similarity>\d\.\d\d)")
_ONLY_LISTED: Final = re.compile(r"'(?P<listed>.*)' only in the listed name")
_ONLY_ASKED: Final = re.compile(r"'(?P<asked>.*)' only in the name asked for")
_EVIDENCE: Final = re.compile(r"(?P<text>.+): (?P<points>[+-]\d+)")


@dataclass(frozen=True, slots=True)
class TokenLine:
    """A token of the name asked for beside that of the listed name; one of them may be missing."""

    asked: str
    listed: str
    rule: str
    similarity: float | None

    @property
    def is_equal(self) -> bool:
        return self.similarity is not None and self.similarity >= 1.0


@dataclass(frozen=True, slots=True)
class EvidenceLine:
    """What is known besides the name and how many points it adds or takes; a line of no known form has none."""

    text: str
    points: int | None


@dataclass(frozen=True, slots=True)
class Explained:
    tokens: tuple[TokenLine, ...]
    evidence: tuple[EvidenceLine, ...]


def explained(lines: Iterable[str]) -> Explained:
    tokens: list[TokenLine] = []
    evidence: list[EvidenceLine] = []
    for line in lines:
        token = _token(line)
        if token is not None:
            tokens.append(token)
            continue
        found = _EVIDENCE.fullmatch(line)
        evidence.append(
            EvidenceLine(found["text"], int(found["points"])) if found else EvidenceLine(line, None)
        )
    return Explained(tuple(tokens), tuple(evidence))


def _token(line: str) -> TokenLine | None:
    if pair := _PAIR.fullmatch(line):
        return TokenLine(pair["asked"], pair["listed"], pair["rule"], float(pair["similarity"]))
    if alone := _ONLY_LISTED.fullmatch(line):
        return TokenLine("", alone["listed"], "only on the list", None)
    if alone := _ONLY_ASKED.fullmatch(line):
        return TokenLine(alone["asked"], "", "only asked for", None)
    return None
