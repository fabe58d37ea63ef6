"""`manage.py verify_audit`: walks every organisation's audit chain and names the first broken link."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from teams.audit import chain


class Command(BaseCommand):
    help = "Verifies the audit chain of every organisation; exits with 1 where a link is broken or entries wait too long."

    def handle(self, *args: Any, **options: Any) -> None:
        broken = 0
        for organisation_id in chain.organisations():
            verdict = chain.verify(organisation_id)
            if verdict.is_sound:
                self.stdout.write(
                    f"{organisation_id}: sound, height {verdict.height}, head {verdict.head.hex()[:16]},"
                    f" {verdict.unlinked} not linked yet"
                )
                continue
            broken += 1
            if verdict.broken_at is not None:
                self.stdout.write(f"{organisation_id}: BROKEN at link {verdict.broken_at}: {verdict.reason}")
            else:
                self.stdout.write(f"{organisation_id}: {verdict.overdue} entries wait for more than a minute")
        if broken:
            raise CommandError(f"{broken} of the chains did not verify")
