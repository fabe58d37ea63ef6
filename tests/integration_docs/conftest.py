import pytest

from tests.evaluate.lists import load_demo_list


@pytest.fixture(scope="session", autouse=True)
def lists(database_for_every_test: None) -> None:
    """Names can be screened."""
    load_demo_list()
