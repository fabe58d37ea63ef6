"""A bank and the things that the API's examples need: alerts, cases, rules, reports and all else, in any state."""

import base64
import itertools
import tempfile
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.utils import timezone

from ratel.identifiers import new_id, show
from screening.models import Watchlist
from screening.watchlists.notices import PREFIX as WATCHLIST
from tests.batch_jobs.items import BATCH, item
from tests.cast import PASSWORD, Bank, Caller, changed, make_bank
from tests.tenancy.report_things import CUSTOMER, ENTITY
from tests.tenancy.screening_things import ENTRY
from tests.watchlists.public import load, new_code, write
from tests.webhooks.stored import dead_letter, new_endpoint

PACK = "id"
PRODUCT = "P1"
_TOKEN = "a" * 32
_numbers = itertools.count()


class Scene:
    """A bank of its own and the things that are made in it."""

    def __init__(self) -> None:
        self.bank: Bank = make_bank("Example Bank", PACK, people=True)
        self.key: Caller = self.bank.callers[PACK]

    def headers(self, who: str) -> dict[str, str]:
        return {
            "key": lambda: {"X-API-Key": str(self.key.key)},
            "second": lambda: {"X-API-Key": str(self.second.key)},
            "officer": lambda: self.officers_headers,
            "password": lambda: {"Authorization": self._basic},
            "token": lambda: {"Authorization": f"Token {self.token}"},
        }[who]()

    @cached_property
    def second(self) -> Caller:
        """A key that another person answers for."""
        return self.bank.new_key(PACK)

    @cached_property
    def officer(self) -> Caller:
        return self.bank.session("officer", PACK)

    @property
    def officers_headers(self) -> dict[str, str]:
        return {"X-CSRFToken": _TOKEN, "X-Ratel-Team": self.team_id}

    def cookies(self, who: str) -> dict[str, str]:
        if who != "officer":
            return {}
        return {"sessionid": self.officer.client.cookies["sessionid"].value, "csrftoken": _TOKEN}

    @property
    def team_id(self) -> str:
        return str(self.bank.teams[PACK].id)

    @property
    def _basic(self) -> str:
        login = f"{self.bank.people['analyst'].email}:{PASSWORD}"
        return "Basic " + base64.b64encode(login.encode()).decode()

    @cached_property
    def token(self) -> str:
        """Of a person who may decide payments of the product."""
        with self.bank.seeing(PACK):
            self.bank.teams[PACK].product_code = PRODUCT
            self.bank.teams[PACK].save(update_fields=["product_code"])
        return str(self.done(Caller(), "/framl/auth/token", Authorization=self._basic)["token"])

    def person(self) -> str:
        return str(self.bank.people["analyst"].id)

    def done(self, caller: Caller, path: str, body: Any = None, method: str = "POST", **headers: str) -> Any:
        """What the call answered, which must be good."""
        answer = caller.call(method, path, body, **headers)
        assert answer.status < 300, (method, path, answer.status, answer.body)
        return answer.body

    def made(self, path: str, body: Any = None, **more: Any) -> Any:
        return self.done(self.key, path, body, **more)["data"]

    def policy(self, **change: Any) -> None:
        self.made("/api/decision-policy", change, method="PATCH")
        changed()

    def alert(self) -> str:
        """An open one, in a case."""
        return str(self.decided(amountIdr=900_000_000, country="KP")["alertId"])

    def loose_alert(self) -> str:
        """An open one, in no case."""
        since = (timezone.now() - timedelta(days=10)).date().isoformat()
        return str(self.decided(amountIdr=500_000_000, isCrossBorder=True, customerSince=since)["alertId"])

    def decided(self, **fields: Any) -> Any:
        payment = {"customerId": f"c-{new_id()}", "direction": "debit", "channel": "transfer", **fields}
        return self.made("/api/transactions/evaluate?include=layers", payment)

    def case_of_an_alert(self) -> str:
        return str(self.made(f"/api/alerts/{self.alert()}", method="GET")["caseId"])

    def case(self, *steps: str) -> dict[str, Any]:
        """A case by hand; `steps` are statuses, `proposed` and `approved`."""
        found = self.made("/api/cases", {"type": "AML_ALERT", "title": "Example"})
        path = f"/api/cases/{found['id']}"
        for step in steps:
            if step == "proposed":
                body = {"disposition": "false_positive", "reason": "Known"}
                found = self.made(f"{path}/close", body)
            elif step == "approved":
                found = self.done(self.second, f"{path}/approve")["data"]
            else:
                found = self.made(path, {"status": step}, method="PATCH")
        return dict(found)

    def proposed_case(self, *steps: str) -> dict[str, Any]:
        """One whose resolution was proposed, in a team where that needs two."""
        self.policy(fourEyes={"resolutions": True})
        return self.case("IN_PROGRESS", "PENDING_REVIEW", "proposed", *steps)

    def attachment(self) -> str:
        path = f"/api/cases/{self.case()['id']}/attachments"
        return str(self.made(path, {"name": "a.txt", "content": "cGxhbnRlZA=="})["id"])

    def rule(self, *steps: str) -> str:
        """A draft; `steps` are addresses below it, `approve` by another person."""
        body = {
            "code": f"EXAMPLE_{next(_numbers)}",
            "name": "Example",
            "scoreContribution": 5,
            "conditions": {"field": "amount", "operator": ">=", "value": 10**17},
        }
        identity = str(self.made("/api/rules", body)["id"])
        for step in steps:
            self.done(self.second if step == "approve" else self.key, f"/api/rules/{identity}/{step}")
        return identity

    def live_rule(self, *steps: str) -> str:
        return self.rule("submit", "approve", *steps)

    def back_test(self) -> dict[str, str]:
        rule = self.rule()
        test = self.made(f"/api/rules/{rule}/back-tests", {"days": 1})["id"]
        return {"rule_id": rule, "back_test_id": test}

    def report(self, *steps: str) -> dict[str, Any]:
        """A draft with nothing missing; `steps` are `submit`, and by an officer `approve` and `file`."""
        self.done(self.officer, "/api/reporting-entity", ENTITY, "PATCH")
        paid = self.decided(amount=60_000, country="KP")
        found = self.made("/api/reports", {"type": "CTR", "alertId": paid["alertId"]})
        path = f"/api/reports/{found['id']}"
        found = self.made(path, {"parties": [CUSTOMER]}, method="PATCH")
        for step in steps:
            body = {"reference": "R-1"} if step == "file" else {}
            found = self.done(self.key if step == "submit" else self.officer, f"{path}/{step}", body)["data"]
        return dict(found)

    def customer(self) -> dict[str, str]:
        reference = f"customer-{new_id()}"
        found = self.made("/api/customers", {"customerId": reference, "fullName": "Somebody"})
        return {"id": found["id"], "customerId": reference}

    def match_decision(self) -> str:
        body = {
            "customerId": self.customer()["customerId"],
            "entryId": ENTRY,
            "verdict": "confirmed",
            "reason": "Him",
        }
        return str(self.made("/api/match-decisions", body)["id"])

    def endpoint(self) -> str:
        return str(new_endpoint(self.key)["id"])

    def letter(self) -> Any:
        return dead_letter(self.bank, PACK, self.endpoint())

    def watchlist(self) -> str:
        body = {"name": f"Example {next(_numbers)}", "category": "internal"}
        return str(self.made("/api/watchlists", body)["id"])

    def entry(self) -> dict[str, str]:
        watchlist = self.watchlist()
        body = {"entries": [{"fullName": "Listed By Example"}]}
        (entry,) = self.made(f"/api/watchlists/{watchlist}/entries", body)["entries"]
        return {"watchlist_id": watchlist, "entry_id": entry["id"]}

    @cached_property
    def refreshed_list(self) -> str:
        """A public list with a source."""
        code = new_code()
        with tempfile.TemporaryDirectory() as folder:
            path = write(Path(folder) / "list.csv", code, range(3))
            load(path, code)
            call_command("watchlist_source", "add", code, "csv", str(path), "--kind", "sanctions")
        return show(WATCHLIST, Watchlist.objects.get(organisation_id=None, code=code).id)

    def api_key(self) -> str:
        return str(self.made("/api/keys", {"name": f"Example {next(_numbers)}", "scopes": ["read"]})["id"])

    def batch(self) -> str:
        body = {"transactions": [item(1, transaction_id=f"b-{new_id()}", currency="IDR")]}
        return str(self.done(self.key, BATCH, body)["batch_id"])

    def proposed_policy(self) -> str:
        self.policy(fourEyes={"policy": True})
        number = next(_numbers) % 5
        return str(
            self.made("/api/decision-policy", {"txReviewScore": 31 + number}, method="PATCH")["version"]
        )
