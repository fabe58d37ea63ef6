"""Makes the bank of a run in the environment of its stage: `python -m tests.chaos.bank FILE`, which it writes.

One team of pack us with a live key and the demo's list of names, so that every decision there is occurs; where an
address for it is given, an endpoint that is told of every event.
"""

import json
import os
import sys
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ratel.settings")
django.setup()

from django.db import transaction  # noqa: E402 - needs the settings that the lines above set up

from ratel.launcher.keys import write_private  # noqa: E402
from ratel.tenancy import tenant  # noqa: E402
from screening.team_setup import prepare_team  # noqa: E402
from screening.watchlists.generations import load_public_list  # noqa: E402
from teams.keys import authenticate, create_key  # noqa: E402
from teams.limits.tiers import Tier  # noqa: E402
from teams.roles import SCOPES  # noqa: E402
from teams.services import create_organisation, create_team  # noqa: E402

RECEIVER = "CHAOS_RECEIVER_URL"
LIST = Path(__file__).resolve().parents[2] / "screening" / "watchlists" / "demo.csv"


def make() -> dict[str, str]:
    load_public_list("csv", LIST, code="chaos", name="Demo list")
    with transaction.atomic():
        organisation = create_organisation(name="Chaos Bank")
        team = create_team(organisation=organisation, name="us", pack="us", currency="USD")
    prepare_team(team)
    with tenant(organisation.id, [team.id]):
        _, key = create_key(team=team, name="chaos", is_live=True, scopes=SCOPES, tier=Tier.UNLIMITED)
    return {
        "organisation_id": str(organisation.id),
        "team_id": str(team.id),
        "key": key,
        "secret": _make_endpoint(key, os.environ.get(RECEIVER, "")),
    }


def _make_endpoint(key: str, url: str) -> str:
    """The secret of an endpoint that is told of everything; nothing without an address."""
    if not url:
        return ""
    from webhooks.events import NAMES
    from webhooks.services.endpoints import create_endpoint

    caller = authenticate(key, "127.0.0.1")
    return create_endpoint(caller=caller, url=url, events=NAMES, is_confidential=True).secret


if __name__ == "__main__":
    write_private(Path(sys.argv[1]), json.dumps(make()))
