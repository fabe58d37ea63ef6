"""How gunicorn serves Ratel: processes forked from one that has loaded the code, each with a few threads.

Nothing that belongs to one process (a database connection above all) may be open when it is forked; what belongs
to a team is compiled when the team first asks, never here.
"""

import gc
import logging
from typing import Any

from gunicorn.workers import gthread

from ratel import environment as env
from ratel.launcher.announcements import SERVING

worker_class = "ratel.web_process.WebProcess"
workers = env.integer("RATEL_WEB_WORKERS", 2, minimum=1, maximum=64)
threads = env.integer("RATEL_WEB_THREADS", 2, minimum=1, maximum=64)
preload_app = True
backlog = 2048
# Longer than the idle time of the load balancers in front: whoever closes first must be they.
keepalive = 75
timeout = 60
graceful_timeout = 20
# A process that was asked to end keeps idle connections this long, for a caller who is about to use one: its answer
# then says that the connection ends. By default it would hang up after 2 s, on a request that may be on its way.
gthread.STOP_KEEPALIVE_LINGER = 5.0
# Addresses of callers are judged in one place, ratel.requests, by RATEL_TRUSTED_PROXIES.
forwarded_allow_ips = ""
control_socket_disable = True
# Ratel writes its own record of each call, without paths: ids in them can be somebody's.
accesslog = None
proc_name = "ratel-web"


def when_ready(server: Any) -> None:
    """In the parent: import every view before the first fork, so that the processes share that memory."""
    from django.urls import get_resolver

    _ = get_resolver().url_patterns
    gc.collect()
    gc.freeze()


def pre_fork(server: Any, worker: Any) -> None:
    """In the parent: whatever connection it opened is closed by it, not by a child that shares the socket."""
    _close_connections()


def post_worker_init(worker: Any) -> None:
    """In each process: map the name index before the first request needs it; without one, /readyz says why."""
    from django.conf import settings
    from django.utils.module_loading import import_string

    try:
        import_string(settings.RATEL_LISTS_READY)()
    except Exception as error:
        logging.getLogger(__name__).warning("names not ready: %s", type(error).__name__)
    _close_connections()
    _announce(worker)
    # Decisions make no cycles; collecting as often as the default asks costs each of them time and frees nothing.
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def _announce(worker: Any) -> None:
    """To a launcher that waits for a successor: from here on it has a process that answers."""
    from gunicorn.systemd import sd_notify

    sd_notify(SERVING, worker.log)


def _close_connections() -> None:
    from django.db import connections

    connections.close_all()
