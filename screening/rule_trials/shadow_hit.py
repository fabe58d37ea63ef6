"""What a shadow rule said of one evaluation, as it is stored with it. No Django."""

import msgspec

from screening.layers.result import Hit


class ShadowHit(msgspec.Struct, frozen=True):
    """A hit that decided nothing, and the decision if it had counted."""

    hit: Hit
    would_be: str
