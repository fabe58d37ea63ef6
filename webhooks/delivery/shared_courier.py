"""One courier per process, so that connections to receivers outlive a run of the engine; made after the fork."""

import os

from webhooks.delivery.courier import Courier
from webhooks.egress import Targets

_made: dict[int, Courier] = {}


def shared_courier() -> Courier:
    """This process's courier; a new one where its thread has ended."""
    courier = _made.get(os.getpid())
    if courier is None or not courier.is_alive:
        courier = Courier(Targets.from_settings())
        _made.clear()
        _made[os.getpid()] = courier
    return courier
