"""What the views of all resources share, as this app's views import it (teams/resource.py has it)."""

from teams.resource import MOST_PROBLEMS, Resource, object_in, reason_in, refuse

__all__ = ["MOST_PROBLEMS", "Resource", "object_in", "reason_in", "refuse"]
