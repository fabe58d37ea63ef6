"""The frame of every page of the desk: whose team, which right, the menu, refusals in words, lists as CSV."""

from teams.web.desk.exported import MOST_EXPORTED, as_csv, wants_csv
from teams.web.desk.frame import Desk
from teams.web.desk.views import action, page

__all__ = ["MOST_EXPORTED", "Desk", "action", "as_csv", "page", "wants_csv"]
