"""Layers that fail on demand: what running all of them would have answered, had these not been there."""

from datetime import datetime
from typing import Final

from msgspec.structs import replace

from screening.context import Context
from screening.layers import LayerResult, Ruleset, run_layers, sanctions
from screening.layers.result import no_answer

FAILURE: Final = "simulated"


def run_layers_without(
    failing: frozenset[str], context: Context, ruleset: Ruleset, now: datetime
) -> dict[str, LayerResult]:
    """As `run_layers`; rules find unknown what a failing name screening would have told them."""
    screened = no_answer(sanctions.NAME, FAILURE) if sanctions.NAME in failing else None
    layers = run_layers(context, ruleset, now, screened)
    return {name: _failed(layer) if name in failing else layer for name, layer in layers.items()}


def _failed(layer: LayerResult) -> LayerResult:
    """Rules of a layer that failed are failed, each of them."""
    return replace(no_answer(layer.name, FAILURE), states="F" * len(layer.states))
