"""How the demo's reports are filed: completed from the customer's file, approved by the officer, sent in time.

Some days after its detection each draft is submitted, approved and filed through the services of the desk. What is
still fresh, or cannot be completed, is left as a draft for whoever looks at the demo.
"""

import random
import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from cases.demo.colleagues import Staff
from cases.models import Report
from cases.reports.content import Content, Party
from cases.reports.edit import Edit
from cases.reports.services import (
    entity_save,
    report_acknowledge,
    report_approve,
    report_file,
    report_submit,
)
from cases.reports.working import content_of
from ratel.problem import Refusal
from ratel.tenancy import tenant
from screening.demo.fill import Desk
from screening.demo.place import load_place

# Younger drafts wait for whoever opens the demo.
FRESH: Final = timedelta(days=4)
ASSESSMENT: Final = (
    "No economic reason was given, and what the customer said does not agree with the documents."
)
# By the pack: where the made-up institution sits.
SEATS: Final = {"ng": ("Lagos", "NG"), "id": ("Jakarta", "ID"), "us": ("New York", "US")}


def introduce(desk: Desk, staff: Staff) -> None:
    """Tells the authority who reports for the team: the made-up bank and its officer."""
    city, country = SEATS[desk.pack]
    entity_save(
        caller=staff.officer,
        values={
            "entity_id": "4711",
            "branch": f"{city} head office",
            "institution_name": desk.bank.organisation.name,
            "institution_code": f"RDB{country}",
            "first_name": "Bambang",
            "last_name": "Hartono",
            "email": "officer@demo.ratel.example",
            "occupation": "Compliance officer",
            "address": "1 Honey Badger Street",
            "city": city,
            "country": country,
        },
    )


@dataclass(frozen=True)
class Filing:
    desk: Desk
    staff: Staff

    def until(self, moment: datetime) -> None:
        """Files every draft that was made FRESH before."""
        team = self.desk.team
        with tenant(team.organisation_id, [team.id]):
            drafts = Report.objects.filter(
                team_id=team.id, status=Report.Status.DRAFT, created_at__lt=moment - FRESH
            )
            waiting = list(drafts.order_by("id"))
        for report in waiting:
            self._file(report)

    def _file(self, report: Report) -> None:
        chance = random.Random(f"{report.type} {report.created_at:%j %H:%M:%S}")  # noqa: S311 - no secret
        clock, analyst = self.desk.clock, chance.choice(self.staff.analysts)
        officer, started = self.staff.officer, report.created_at + timedelta(hours=chance.uniform(3, 20))
        clock.moment = started
        team = self.desk.team
        with tenant(team.organisation_id, [team.id]):
            content = content_of(report, analyst.team)
        try:
            report_submit(caller=analyst, report_id=report.id, edit=self._completed(content))
        except Refusal:
            # Something is missing that no customer's file has: it stays a draft.
            return
        clock.moment = started + timedelta(hours=chance.uniform(1, 6))
        report_approve(caller=officer, report_id=report.id)
        clock.moment = started + timedelta(hours=chance.uniform(7, 20))
        number = zlib.crc32(report.id.bytes) % 10_000
        reference = f"{report.type}-{clock.now():%Y}-{number:04d}"
        report_file(caller=officer, report_id=report.id, reference=reference)
        clock.moment = started + timedelta(hours=chance.uniform(24, 60))
        report_acknowledge(caller=officer, report_id=report.id, reference=f"ACK-{number:04d}")

    def _completed(self, content: Content) -> Edit:
        return Edit(
            assessment=content.assessment or ASSESSMENT,
            indicators=content.indicators or ("NO_ECONOMIC_REASON",),
            parties={party.key: self._from_file(party) for party in content.parties},
        )

    def _from_file(self, party: Party) -> dict[str, str]:
        """What the bank's own files say of the party, for what the report does not know."""
        place, name = load_place(self.desk.pack), party.name or "Unknown Person"
        first, _, last = name.rpartition(" ")
        number = zlib.crc32(name.encode())
        is_firm = party.kind == "entity" or (party.is_customer and not _is_persons(name, place.customers))
        found = {
            "kind": party.kind or ("entity" if is_firm else "person"),
            "country": party.country or place.home_country,
        }
        if is_firm:
            found |= {"name": name, "registration_number": f"RC{number % 10**7:07d}"}
        else:
            found |= {
                "first_name": party.first_name or first or name,
                "last_name": party.last_name or last,
                "birth_date": party.birth_date or f"19{60 + number % 38}-0{1 + number % 9}-1{number % 9}",
                "national_id": party.national_id or f"{number % 10**9:09d}",
                "nationality": party.nationality or place.home_country,
                "residence": party.residence or place.home_country,
            }
        if party.account:
            found |= {"bank_code": party.bank_code or "058"}
        if party.account and party.is_customer:
            found |= {
                "account_currency": self.desk.team.currency,
                "account_type": "C",
                "account_opened": "2021-04-06",
                "account_status": "A",
            }
        return {key: value for key, value in found.items() if value}


def _is_persons(name: str, people: tuple[str, ...]) -> bool:
    """Whether it is made of a first and a last name of the place."""
    words = name.split()
    return len(words) == 2 and words[1] in {one.split()[-1] for one in people}
