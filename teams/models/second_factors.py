"""What people prove themselves with beside a password, their sign-ins, and links with which they set a password.

The secret of a time code and the key of a session are sealed; of recovery codes and links only a keyed hash is stored.
"""

from django.db import models

from ratel.identifiers import new_id
from teams.models.organisations import Organisation
from teams.models.people import Person


class _OfPerson(models.Model):
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True


class TimeCode(_OfPerson):
    """An app that shows a code every 30 seconds (RFC 6238); a person has at most one."""

    sealed_secret = models.BinaryField()
    # The newest step (30 s since 1970) whose code was taken: no code is taken twice.
    last_step = models.BigIntegerField()
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person"], name="one_time_code_app_per_person")]

    def __str__(self) -> str:
        return str(self.id)


class Passkey(_OfPerson):
    """A WebAuthn credential: its private key never leaves the person's device."""

    name = models.CharField(max_length=60)
    credential_id = models.BinaryField(max_length=1_023, unique=True)
    public_key = models.BinaryField()
    sign_count = models.BigIntegerField()
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["person"], name="passkey_of_person")]

    def __str__(self) -> str:
        return self.name


class RecoveryCode(_OfPerson):
    """Good once, for somebody whose device is lost."""

    code_hash = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "code_hash"], name="recovery_code_of_person")
        ]

    def __str__(self) -> str:
        return str(self.id)


class SignIn(_OfPerson):
    """One sign-in of a person in one browser. `proof` is what they proved themselves with."""

    sealed_session_key = models.BinaryField()
    proof = models.CharField(max_length=40)
    address = models.CharField(max_length=45, default="")
    browser = models.CharField(max_length=120, default="")
    seen_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["person", "-seen_at"], name="sign_in_of_person")]

    def __str__(self) -> str:
        return str(self.id)


class PasswordLink(_OfPerson):
    """With it a person sets their password, once; an administrator made it and handed it over."""

    token_hash = models.CharField(max_length=64, unique=True)
    made_by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["person"], name="password_link_of_person")]

    def __str__(self) -> str:
        return str(self.id)
