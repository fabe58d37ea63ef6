"""What comes back for one request: an evaluation, fresh or replayed, or a refusal with its reason."""

from dataclasses import dataclass

from ratel.problem import Refusal
from screening.evaluation import Evaluation


@dataclass(frozen=True)
class Evaluated:
    """The evaluation, and whether it is the stored one of an earlier identical request."""

    evaluation: Evaluation
    is_replay: bool = False
    is_dry_run: bool = False


Answer = Evaluated | Refusal
