"""The doorbell: tells Celery's hands that there may be something to deliver.

Best effort and off the caller's path: `ring` sets a flag, a thread of this process does the talking. Redis may be away,
slow, or lose the message: the rows are the truth and the poller looks at them anyway. A key in Redis keeps rings from
piling up: while it is there, somebody has been rung or is at work.
"""

import os
import threading
import time
from typing import Final

import redis
import structlog
from django.conf import settings

TASK: Final = "webhooks.tasks.deliver"
KEY: Final = "ratel:webhooks:rung"
# How long one ring, or one word of somebody at work, keeps others from ringing.
HELD_MS: Final = 2_000
_TIMEOUT_SECONDS: Final = 1.0
# Rings closer together than this are one.
_GATHER_SECONDS: Final = 0.02
_AFTER_FAILURE_SECONDS: Final = 1.0
# A message that nobody took by then is worthless: somebody else has been rung meanwhile.
_EXPIRES_SECONDS: Final = 5.0

log = structlog.get_logger(__name__)


class Doorbell:
    """One thread per process, started when first needed (so after a fork, not before it).

    `task` is what is rung for, `key` what keeps rings from piling up, for `held_ms`.
    """

    def __init__(self, task: str = TASK, key: str = KEY, *, held_ms: int = HELD_MS) -> None:
        self._task, self._key, self._held_ms = task, key, held_ms
        self._wanted = threading.Event()
        self._is_ring = False
        self._starting = threading.Lock()
        self._process = 0

    def ring(self) -> None:
        """There may be work. Never waits and never fails."""
        self._is_ring = True
        self._wake()

    def hold(self) -> None:
        """Somebody is at work already: nobody need be rung for a while."""
        self._wake()

    def release(self) -> None:
        """Whoever was at work ends: the next ring is heard at once. Waits for Redis, but not for long."""
        try:
            _store().delete(self._key)
        except redis.RedisError as problem:
            log.warning("webhook_doorbell_failed", error=type(problem).__name__)

    def hand_over(self) -> None:
        """Whoever was at work takes nothing new: another hand is called to go on."""
        self.release()
        self.ring()

    def _wake(self) -> None:
        self._wanted.set()
        if self._process != os.getpid():
            self._start()

    def _start(self) -> None:
        with self._starting:
            if self._process != os.getpid():
                self._process = os.getpid()
                threading.Thread(target=self._run, name="webhook-doorbell", daemon=True).start()

    def _run(self) -> None:
        store = _store()
        while True:
            self._wanted.wait()
            self._wanted.clear()
            is_ring, self._is_ring = self._is_ring, False
            try:
                if is_ring:
                    ring_now(store, self._task, self._key, held_ms=self._held_ms)
                else:
                    store.set(self._key, 1, px=self._held_ms)
                time.sleep(_GATHER_SECONDS)
            except Exception as problem:
                # The poller sees the rows; a line for operators is all there is to do.
                log.warning("webhook_doorbell_failed", error=type(problem).__name__)
                time.sleep(_AFTER_FAILURE_SECONDS)


def _store() -> "redis.Redis":
    return redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=_TIMEOUT_SECONDS, socket_connect_timeout=_TIMEOUT_SECONDS
    )


def ring_now(store: "redis.Redis", task: str = TASK, key: str = KEY, *, held_ms: int = HELD_MS) -> bool:
    """Sends the message unless somebody was rung, or said to be at work, a moment ago."""
    from ratel.celery import app

    if not store.set(key, 1, px=held_ms, nx=True):
        return False
    app.send_task(task, expires=_EXPIRES_SECONDS, retry=False, ignore_result=True)
    return True


_doorbell: Final = Doorbell()
ring = _doorbell.ring
hold = _doorbell.hold
release = _doorbell.release
hand_over = _doorbell.hand_over
