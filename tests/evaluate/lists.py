"""The demo list, loaded once into a test database: without any list every evaluation would be partial."""

from screening.management.commands.load_demo import LIST_CODE, LIST_NAME, LIST_PATH
from screening.models import Watchlist
from screening.watchlists.generations import load_public_list
from tests.cast import changed

# Names of the list, as a payment would carry them.
SANCTIONED = "Viktor Anatolijevitch Bout"
POLITICALLY_EXPOSED = "Prabowo Subianto"
IN_THE_PRESS = "Semion Mogilevich"


def load_demo_list() -> None:
    if not Watchlist.objects.filter(organisation_id=None, code=LIST_CODE).exists():
        load_public_list("csv", LIST_PATH, code=LIST_CODE, name=LIST_NAME)
    changed()
