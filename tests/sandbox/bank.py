"""A bank whose teams have sandboxes, a test key for each, and every dialect as a function of one payment."""

import base64
from typing import Any

from django.db import transaction

from ratel.tenancy import set_tenant, tenant
from screening.packs import load_pack
from screening.team_setup import prepare_team
from teams.keys import create_key
from teams.limits.tiers import Tier
from teams.models import Membership, Team
from teams.roles import SCOPES, Role
from teams.services import create_team
from tests.cast import CURRENCY, PASSWORD, Answer, Bank, Caller, changed, make_bank

DIALECTS = ("native", "bank", "entity", "stream", "framl")
DECISIONS = {
    "APPROVE": "pass",
    "REVIEW": "review",
    "ESCALATE": "escalate",
    "BLOCK": "block",
}


def with_sandboxes(*packs: str) -> Bank:
    """`bank.teams` are the sandboxes, and `bank.callers` their test keys, without the limit that test keys have."""
    bank = make_bank("Acme Bank", *packs, people=True)
    for pack in packs:
        bank.teams[pack] = _sandbox(bank, bank.teams[pack])
        with bank.seeing(pack):
            _, text = create_key(
                team=bank.teams[pack],
                name="test",
                is_live=False,
                scopes=SCOPES,
                tier=Tier.UNLIMITED,
                created_by=bank.people["admin"],
            )
        bank.callers[pack] = Caller(text)
    changed()
    return bank


def _sandbox(bank: Bank, team: Team) -> Team:
    with transaction.atomic():
        set_tenant(bank.id, [team.id])
        sandbox = create_team(
            organisation=bank.organisation,
            name=f"{team.name} (sandbox)",
            pack=team.pack,
            currency=load_pack(team.pack).currency,
            sandbox_of=team,
            product_code=f"{team.pack}-sandbox",
        )
    prepare_team(sandbox)
    with tenant(bank.id, [sandbox.id]):
        Membership.objects.create(
            organisation_id=bank.id, person=bank.people["analyst"], team=sandbox, role=Role.ANALYST
        )
    return sandbox


class Speaker:
    """One payment in each dialect; answers with the decision in Ratel's own word."""

    def __init__(self, bank: Bank, pack: str) -> None:
        self.bank, self.pack, self.caller = bank, pack, bank.callers[pack]
        self.number = 0
        self._token = ""

    def answer(
        self,
        dialect: str,
        *,
        customer_id: str,
        name: str | None = None,
        amount: int = 100,
        **headers: str,
    ) -> Answer:
        self.number += 1
        external_id = f"{dialect}-{self.number}"
        body, path = getattr(self, f"_{dialect}")(external_id, customer_id, name, amount)
        if dialect == "framl":
            return Caller(client=self.caller.client).post(path, body, Authorization=self.token(), **headers)
        return self.caller.post(path, body, **headers)

    def decision(self, dialect: str, **payment: Any) -> str:
        answer = self.answer(dialect, **payment)
        assert answer.status == 200, answer.body
        return decision_in(dialect, answer.body)

    def token(self) -> str:
        if not self._token:
            login = f"{self.bank.people['analyst'].email}:{PASSWORD}".encode()
            answer = Caller().call(
                "POST", "/framl/auth/token", Authorization="Basic " + base64.b64encode(login).decode()
            )
            self._token = f"Token {answer.body['token']}"
        return self._token

    def _native(self, external_id: str, customer_id: str, name: str | None, amount: int) -> tuple[Any, str]:
        body = {
            "customerId": customer_id,
            "direction": "debit",
            "amount": amount,
            "channel": "transfer",
            "externalId": external_id,
            **({"counterpartyName": name} if name else {}),
        }
        return body, "/api/transactions/evaluate"

    def _bank(self, external_id: str, customer_id: str, name: str | None, amount: int) -> tuple[Any, str]:
        body = {
            "externalId": external_id,
            "type": "TRANSFER",
            "channel": "MOBILE_APP",
            "amount": amount,
            "currency": CURRENCY[self.pack],
            "senderAccountNumber": customer_id,
            "receiverAccountNumber": "0987654321",
            **({"receiverName": name} if name else {}),
        }
        return body, "/api/v1/transactions/screen"

    def _entity(self, external_id: str, customer_id: str, name: str | None, amount: int) -> tuple[Any, str]:
        body = {
            "transaction_id": external_id,
            "amount": amount,
            "sender": {"entity_id": customer_id},
            "receiver": {"entity_id": "somebody", **({"name": name} if name else {})},
        }
        return body, "/v1/transactions/screen"

    def _stream(self, external_id: str, customer_id: str, name: str | None, amount: int) -> tuple[Any, str]:
        payload = {
            "txn_id": external_id,
            "customer_id": customer_id,
            "date_time": "2026-01-05T10:00:00Z",
            "amount": float(amount),
            "name": name or "",
            "direction": "debit",
        }
        return {"data": payload}, "/stream/v1"

    def _framl(self, external_id: str, customer_id: str, name: str | None, amount: int) -> tuple[Any, str]:
        native, _ = self._native(external_id, customer_id, name, amount)
        payload = {"transactionKey": native.pop("externalId"), **native}
        body = {"payload": payload, "format": "tt_json", "version": "1"}
        return body, f"/framl/products/{self.pack}-sandbox/transactions"


def decision_in(dialect: str, body: Any) -> str:
    """The decision as the dialect tells it. Stream and framl tell of rules only: the most severe scenario's."""
    if dialect == "native":
        data = body["data"]
        return "block" if data.get("blocked") else str(data["decision"])
    if dialect == "bank":
        return DECISIONS[body["outcome"]]
    if dialect == "entity":
        return {"APPROVE": "pass", "REVIEW": "review", "DECLINE": "declined"}[body["decision"]]
    if dialect == "framl":
        triggered = [
            code
            for code, state in body["alert"].items()
            if isinstance(state, dict) and state["message"] == "RuleTriggered"
        ]
        codes = [code.split("_")[1].lower() for code in triggered if code.startswith("SANDBOX_")]
        return max(codes, key=("review", "escalate", "block").index, default="pass")
    return "flagged" if body["flagged"] else "pass"
