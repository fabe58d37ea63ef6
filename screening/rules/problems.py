"""What is wrong with a rule document, each thing with its exact place.

Messages name keys, operators and limits; they must never repeat a value, which may be personal data.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

MOST_PROBLEMS: Final = 100
DEEPEST_TREE: Final = 8
MOST_NODES: Final = 200
LONGEST_LIST: Final = 1_000
LONGEST_STRING: Final = 1_000
LONGEST_PATTERN: Final = 500


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to correct: `path` such as `conditions.all[1].operator`, and what is wrong there."""

    path: str
    message: str


class RuleProblems(ValueError):
    """The rule was refused; `problems` lists everything that was found."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(f"{problem.path}: {problem.message}" for problem in problems[:5]))
        self.problems = problems


@dataclass
class Review:
    """Collects problems while a document is read, and counts nodes against the limit."""

    problems: list[Problem] = field(default_factory=list)
    nodes: int = 0

    def refuse(self, path: str, message: str) -> None:
        """Note a problem; more than a hundred help nobody."""
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(Problem(path, message))

    def enter(self, path: str, depth: int) -> bool:
        """Count one node; False when the tree is too deep or too large to go on."""
        self.nodes += 1
        if depth > DEEPEST_TREE:
            self.refuse(path, f"nested deeper than {DEEPEST_TREE} levels")
            return False
        if self.nodes > MOST_NODES:
            if self.nodes == MOST_NODES + 1:
                self.refuse(path, f"a rule may have at most {MOST_NODES} nodes")
            return False
        return True

    def unknown_keys(self, document: Mapping[str, Any], known: frozenset[str], path: str) -> None:
        """Refuse every key that means nothing here, by name."""
        for key in document:
            if key not in known:
                self.refuse(join(path, shortened(key)), "unknown key")


def join(path: str, key: str) -> str:
    """The path of a key below another path."""
    return f"{path}.{key}" if path else key


def shortened(word: Any) -> str:
    """A key or an operator as it may stand in a message."""
    text = str(word)
    return text if len(text) <= 64 else text[:63] + "…"
