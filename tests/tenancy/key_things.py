"""API keys, and the addresses at which somebody else's could be named."""

from collections.abc import Iterator
from typing import Any

from django.utils import timezone

from ratel.identifiers import new_id, show
from teams.api.serial import KEY
from teams.models import ApiKey, KeyUsage
from tests.cast import Bank

ONE = "api/keys/<str:key_id>"
BY_ID: dict[str, list[tuple[str, Any]]] = {
    ONE: [("GET", None), ("PATCH", {"name": "Stolen"}), ("PATCH", {"tier": "basic"})],
    f"{ONE}/rotate": [("POST", None), ("POST", {"overlapSeconds": 0})],
    f"{ONE}/revoke": [("POST", None)],
}
LISTS: dict[str, tuple[str, ...]] = {"api/keys": ("cursor",), "api/usage": ("cursor", "keyId")}
MODELS = {"key_id": (KEY, ApiKey)}


def plant(bank: Bank, pack: str) -> None:
    """A key that nobody calls with, which was used once."""
    caller = bank.new_key(pack, name="Planted", scopes=["read"])
    with bank.seeing(pack):
        key = ApiKey.objects.get(public_id=str(caller.key)[8:20])
        KeyUsage.objects.create(
            organisation_id=bank.id, team_id=key.team_id, key_id=key.id, day=timezone.now().date(), calls=1
        )


def ids_of(bank: Bank, pack: str, parameter: str) -> list[str]:
    """Those that were planted, the newest first: the key that the test calls with must live."""
    with bank.seeing(pack):
        keys = ApiKey.objects.filter(team_id=bank.teams[pack].id, name="Planted", revoked_at__isnull=True)
        return [show(KEY, one) for one in keys.order_by("-id").values_list("id", flat=True)]


def own_id(bank: Bank, pack: str, parameter: str) -> str:
    """Another one where the planted one has been revoked."""
    if not ids_of(bank, pack, parameter):
        plant(bank, pack)
    return ids_of(bank, pack, parameter)[0]


def all_ids_of(bank: Bank, pack: str) -> Iterator[str]:
    yield from ids_of(bank, pack, "key_id")


def unknown(parameter: str) -> str:
    return show(KEY, new_id())


def rows_of_the_tenant() -> list[dict[str, Any]]:
    """Call inside `bank.seeing(...)`. The last use is whatever the tests themselves did."""
    columns = ("id", "name", "scopes", "tier", "rate_per_minute", "burst", "expires_at", "revoked_at")
    return list(ApiKey.objects.order_by("id").values(*columns))


def role_for(route: str) -> str:
    return "admin"
