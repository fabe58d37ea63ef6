"""Tests hash passwords for nothing; nobody else does."""

import runpy
from pathlib import Path

import pytest

SETTINGS = Path(__file__).resolve().parents[2] / "ratel" / "settings.py"
FULL = "django.contrib.auth.hashers.Argon2PasswordHasher"


@pytest.mark.parametrize("environment", ["production", "demo"])
def test_outside_of_tests_a_password_costs_what_it_should(
    monkeypatch: pytest.MonkeyPatch, environment: str
) -> None:
    monkeypatch.setenv("RATEL_ENVIRONMENT", environment)
    assert runpy.run_path(str(SETTINGS))["PASSWORD_HASHERS"] == [FULL]
