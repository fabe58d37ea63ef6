"""The scenarios' customers: verified, known for long, of low risk; ordinary rows of the sandbox team."""

from django.utils import timezone

from ratel.identifiers import new_id
from screening.enrich import SealedProfile
from screening.models import Customer
from screening.sandbox.scenarios import SCENARIOS, SINCE
from screening.screenings.customers import seal_profile
from teams.models import Team


def write_customers(team: Team) -> None:
    """Call inside `tenant(...)`, once, when the sandbox is prepared."""
    now = timezone.now()
    for scenario in SCENARIOS:
        identifier = new_id()
        Customer.objects.create(
            id=identifier,
            organisation_id=team.organisation_id,
            team_id=team.id,
            reference=scenario.customer_id,
            sealed_profile=seal_profile(identifier, SealedProfile()),
            kyc_status="verified",
            kyc_tier="premium",
            since=SINCE,
            risk_rating="low",
            created_at=now,
            updated_at=now,
        )
