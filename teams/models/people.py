"""People and the roles that they hold in teams."""

from typing import ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models

from ratel.identifiers import new_id
from teams.models.organisations import Organisation, Team
from teams.roles import Role


class Person(AbstractBaseUser):
    """Somebody who signs in. What they may do comes from their memberships, never from a flag here."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="people")
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=200)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    # When an administrator last took the second factor away, and who (an id of a person).
    factor_reset_at = models.DateTimeField(null=True)
    factor_reset_by = models.UUIDField(null=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    objects = BaseUserManager()

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """One person's role in one team."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="memberships")
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=16, choices=[(role.value, role.name.title()) for role in Role])

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "team"], name="one_role_per_person_and_team")
        ]

    def __str__(self) -> str:
        return f"{self.role} in {self.team_id}"
