"""Where webhooks may go: an address of the public internet over https, looked at when an endpoint is made and at
every connect.

`connector` is not imported here: a web process judges URLs without loading the client that workers send with.
"""

from webhooks.egress.addresses import Refused, judge
from webhooks.egress.targets import Target, Targets, check_host, check_url

__all__ = ["Refused", "Target", "Targets", "check_host", "check_url", "judge"]
