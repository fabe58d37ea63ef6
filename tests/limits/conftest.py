import pytest

from tests.evaluate.lists import load_demo_list


@pytest.fixture(scope="session", autouse=True)
def lists(database_for_every_test: None) -> None:
    """Names can be screened."""
    load_demo_list()


@pytest.fixture(autouse=True)
def patience(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a machine that is busy with tests Redis may take longer than a payment would wait for it."""
    from teams.limits import admission
    from teams.limits.shared import SharedBuckets

    monkeypatch.setattr(admission, "SHARED", SharedBuckets(redis_url, timeout_seconds=10))
