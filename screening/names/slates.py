"""Working memory of a search: one slate for names and one for tokens, for each thread its own.

A slate holds zeros between uses. It is faster than any table that a search would make for itself.
"""

import threading

import numpy as np

from screening.names.arrays import Bits, Floats


class Slates(threading.local):
    """Made by each thread at its first search: a byte a name and four a token."""

    def __init__(self, names: int, tokens: int) -> None:
        self.owners: Bits = np.zeros(names, dtype=np.uint8)
        self.shares: Floats = np.zeros(tokens, dtype=np.float32)
