"""Tokens that a person's programs work with for a few hours; only a keyed hash of one is stored."""

from django.db import models

from ratel.identifiers import new_id
from teams.models.organisations import Organisation
from teams.models.people import Person


class AccessToken(models.Model):
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="tokens")
    # The keyed hash of the token, in hexadecimal.
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["expires_at"], name="token_by_expiry")]

    def __str__(self) -> str:
        return str(self.id)
