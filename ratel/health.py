"""Whether the process lives (`/healthz`) and whether it can decide (`/readyz`), and the answers of last resort."""

import sys

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.module_loading import import_string

from ratel import breaker_board
from ratel.problem import NotFound, Unavailable, Unexpected, envelope, headers_of, is_unavailable


def healthz(request: HttpRequest) -> HttpResponse:
    """200 while the process lives; asks nobody else."""
    return JsonResponse({"status": "alive"})


def readyz(request: HttpRequest) -> HttpResponse:
    """200 only when the database answers, every migration is applied and the name lists are loaded."""
    checks: dict[str, str] = {}
    for name, check in (("database", _database), ("migrations", _migrations), ("lists", _lists)):
        checks[name] = _outcome(check)
        if checks[name] != "ok":
            break
    is_ready = all(outcome == "ok" for outcome in checks.values())
    response = JsonResponse(
        {
            "status": "ready" if is_ready else "not ready",
            "checks": checks,
            # For people: an open breaker costs a layer, not the ability to decide.
            "breakers": breaker_board.phases_on_this_host(),
        },
        status=200 if is_ready else 503,
    )
    if not is_ready:
        response["Retry-After"] = "2"
    return response


def _outcome(check: object) -> str:
    try:
        return str(check())  # type: ignore[operator]
    except Exception as error:
        return f"failed: {type(error).__name__}"


def _database() -> str:
    connection = connections[DEFAULT_DB_ALIAS]
    connection.close_if_unusable_or_obsolete()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return "ok"


def _migrations() -> str:
    return _applied() or "ok"


_state = {"migrated": False}


def _applied() -> str:
    """ "" when every migration is applied (asked until it is, then remembered: migrations are not taken back)."""
    if _state["migrated"]:
        return ""
    executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        return f"{len(missing)} not applied"
    _state["migrated"] = True
    return ""


def _lists() -> str:
    check = import_string(settings.RATEL_LISTS_READY)
    return str(check())


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return JsonResponse(envelope(NotFound()), status=404)


def unexpected(request: HttpRequest) -> HttpResponse:
    """500, or 503 with a time to try again where the database is away."""
    error = sys.exc_info()[1]
    refusal = Unavailable() if error is not None and is_unavailable(error) else Unexpected()
    return JsonResponse(envelope(refusal), status=refusal.status, headers=headers_of(refusal))
