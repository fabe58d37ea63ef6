"""The settings page and the code name the same variables."""

import importlib
import re
from pathlib import Path

import pytest

from ratel import environment

PROJECT = Path(__file__).resolve().parents[2]
ROW = re.compile(r"^\| `([A-Z_]+)` \| (.+?) \|", re.MULTILINE)


@pytest.fixture(scope="module")
def documented() -> dict[str, str]:
    return dict(ROW.findall((PROJECT / "docs" / "settings.md").read_text()))


@pytest.fixture(scope="module")
def read_by_the_code() -> dict[str, environment.ReadSetting]:
    importlib.import_module("ratel.settings")
    importlib.import_module("ratel.gunicorn")
    return dict(environment.READ)


def test_every_variable_that_is_read_is_documented(documented, read_by_the_code):
    assert set(read_by_the_code) - set(documented) == set()


def test_no_variable_is_documented_that_nobody_reads(documented, read_by_the_code):
    assert set(documented) - set(read_by_the_code) == set()


def test_a_plain_default_is_the_one_in_the_code(documented, read_by_the_code):
    plain = {name: cell.strip("`") for name, cell in documented.items() if re.fullmatch(r"`[^`]+`", cell)}
    plain.pop("DATABASE_OWNER_URL")
    for name, default in plain.items():
        assert read_by_the_code[name].default == default, name


@pytest.mark.parametrize("name", ["SECRET_KEY", "RATEL_API_KEY_PEPPER", "DATABASE_URL", "REDIS_URL"])
def test_a_missing_variable_stops_with_its_name(name, monkeypatch):
    monkeypatch.delenv(name, raising=False)
    with pytest.raises(environment.BadSetting, match=name):
        environment.text(name)


def test_a_bad_value_is_named_but_never_shown(monkeypatch):
    monkeypatch.setenv("RATEL_WEB_WORKERS", "a-secret-pasted-here")
    with pytest.raises(environment.BadSetting) as refused:
        environment.integer("RATEL_WEB_WORKERS", 2, minimum=1, maximum=64)
    assert "RATEL_WEB_WORKERS" in str(refused.value)
    assert "a-secret-pasted-here" not in str(refused.value)
