"""Calls the addresses that fail, in a process of its own, so that its log is the real one."""

import sys

import django
from django.conf import settings
from django.test import Client


def main() -> None:
    """Prints the status and request id of each call; the log goes to standard error."""
    django.setup()
    # Only now: the views look at the settings as soon as they are imported.
    from tests.logs.failing import CALLS

    settings.ROOT_URLCONF = "tests.logs.failing"
    settings.ALLOWED_HOSTS = ["testserver"]
    client = Client(raise_request_exception=False)
    answers = {name: client.get(address) for name, address in CALLS.items()}
    answers["CSRF"] = Client(enforce_csrf_checks=True).post(CALLS["page"])
    for name, answer in answers.items():
        sys.stdout.write(f"{name}\t{answer.status_code}\t{answer['X-Request-Id']}\n")


if __name__ == "__main__":
    main()
