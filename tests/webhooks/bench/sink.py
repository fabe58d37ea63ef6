"""A receiver in a process of its own that counts: `python -m tests.webhooks.bench.sink PORT`.

POST /take answers 200 at once, POST /hang never answers. GET /seen says how many different events were taken, when the
first and the last came, how many in each second, and how long after they had happened.
"""

import asyncio
import sys
import time
from datetime import datetime
from typing import Any

import orjson
from aiohttp import web

NEVER_SECONDS = 3_600
seen: dict[str, float] = {}
late: list[float] = []
hanging = 0
repeated = 0


async def take(request: web.Request) -> web.Response:
    global repeated  # noqa: PLW0603
    body, now = await request.read(), time.time()
    identifier = request.headers["webhook-id"]
    repeated += identifier in seen
    seen.setdefault(identifier, now)
    late.append(now - datetime.fromisoformat(orjson.loads(body)["occurredAt"]).timestamp())
    return web.Response()


async def hang(request: web.Request) -> web.Response:
    global hanging  # noqa: PLW0603
    hanging += 1
    await asyncio.sleep(NEVER_SECONDS)
    return web.Response()


async def tell(request: web.Request) -> web.Response:
    per_second: dict[int, int] = {}
    for at in seen.values():
        per_second[int(at)] = per_second.get(int(at), 0) + 1
    document: dict[str, Any] = {
        "taken": len(seen),
        "repeated": repeated,
        "hanging": hanging,
        "first": min(seen.values(), default=0.0),
        "last": max(seen.values(), default=0.0),
        "per_second": [per_second[second] for second in sorted(per_second)],
        "late": sorted(late),
    }
    return web.Response(body=orjson.dumps(document))


async def forget(request: web.Request) -> web.Response:
    seen.clear()
    late.clear()
    return web.Response()


def main() -> None:
    app = web.Application()
    app.add_routes(
        [
            web.post("/take", take),
            web.post("/hang", hang),
            web.get("/seen", tell),
            web.post("/forget", forget),
        ]
    )
    web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), access_log=None, print=None, backlog=1024)


if __name__ == "__main__":
    main()
