"""The demo list, loaded once into a test database: without any list every evaluation would be partial."""

from pathlib import Path

from screening.models import Watchlist
from screening.watchlists.generations import load_public_list
from tests.cast import changed

DEMO_LIST = Path(__file__).parents[2] / "screening" / "watchlists" / "demo.csv"

# Names of the list, as a payment would carry them.
SANCTIONED = "Viktor Anatolijevitch Bout"
POLITICALLY_EXPOSED = "Prabowo Subianto"
IN_THE_PRESS = "Semion Mogilevich"


def load_demo_list() -> None:
    if not Watchlist.objects.filter(code="demo").exists():
        load_public_list("csv", DEMO_LIST, code="demo")
    changed()
