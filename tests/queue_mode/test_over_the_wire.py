"""Queue mode through the real web server: calls with a key go past the framework unless they prefer another answer."""

import json
import urllib.request

from tests.batch_jobs.items import finish_everything
from tests.cast import make_bank, payment


def test_a_preference_is_heard_by_the_real_server(live_server_process: str) -> None:
    caller = make_bank("Acme Bank", "us").callers["us"]
    headers = {"X-API-Key": caller.key or "", "Content-Type": "application/json"}
    address = live_server_process + "/api/transactions/evaluate"
    body = json.dumps(payment(externalId="wire")).encode()
    wish = urllib.request.Request(address, body, {**headers, "Prefer": "respond-async"})  # noqa: S310
    with urllib.request.urlopen(wish, timeout=10) as answer:  # noqa: S310
        assert answer.status == 202
        location = answer.headers["Location"]
    finish_everything()
    done = caller.get(location).data
    assert done["status"] == "done"
    plain = urllib.request.Request(address, body, headers)  # noqa: S310
    with urllib.request.urlopen(plain, timeout=10) as answer:  # noqa: S310
        assert (answer.status, json.load(answer)["idempotent"]) == (200, True)
