"""`manage.py verify_evaluations`: compares every stored evaluation with what the audit trail recorded of it."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from screening.audit_check import check_organisation
from teams.audit import chain


class Command(BaseCommand):
    help = "Compares stored evaluations with their audit entries; exits with 1 where one is missing or was altered."

    def handle(self, *args: Any, **options: Any) -> None:
        broken = 0
        for organisation_id in chain.organisations():
            compared = 0
            for finding in check_organisation(organisation_id):
                compared += 1
                if finding.reason:
                    broken += 1
                    self.stdout.write(f"{organisation_id}: {finding.evaluation}: {finding.reason}")
            self.stdout.write(f"{organisation_id}: {compared} evaluations compared")
        if broken:
            raise CommandError(f"{broken} of the evaluations are not what was recorded")
