"""How passwords are hashed. Tests sign thousands of people in: for them alone the same algorithm costs nothing."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class QuickArgon2PasswordHasher(Argon2PasswordHasher):
    """Argon2 with the least work it allows. Never outside of tests (ratel/settings.py)."""

    time_cost = 1
    memory_cost = 8
    parallelism = 1
