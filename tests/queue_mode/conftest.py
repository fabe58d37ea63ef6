import pytest

from tests.evaluate.lists import load_demo_list


@pytest.fixture(scope="session", autouse=True)
def lists(database_for_every_test: None) -> None:
    """Names can be screened."""
    load_demo_list()


@pytest.fixture(scope="module", autouse=True)
def nothing_waits(database_for_every_test: None) -> None:
    """What other tests have left to do is done."""
    from tests.batch_jobs.items import finish_everything

    finish_everything()
