"""Finds the browser that drives the desk in tests, and installs Debian's where there is none and it may.

It runs on the bare Python of the machine, so it must never import anything but the standard library and its
neighbours that do the same.
"""

import os
import shutil
import subprocess
import sys
from typing import Final

from ratel.launcher.progress import complain, step

# As distributions call it; RATEL_BROWSER names another one.
NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_UPDATE: Final = ("apt-get", "update", "-qq")
_INSTALL: Final = ("apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium")


def find() -> str | None:
    """The path of a Chromium on this machine, None without one."""
    named = os.environ.get("RATEL_BROWSER")
    if named:
        return shutil.which(named)
    return next((path for path in map(shutil.which, NAMES) if path), None)


def main() -> int:
    """0 when a browser is there; on Debian and Ubuntu root has it installed."""
    if find():
        return 0
    if os.geteuid() == 0 and shutil.which("apt-get"):
        with step("Installing Chromium for the tests of the pages"):
            _install()
    if find():
        return 0
    complain(
        "The tests of the pages need Chromium: install it (Debian and Ubuntu: apt install chromium),"
        " or name one with RATEL_BROWSER."
    )
    return 1


def _install() -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (_UPDATE, _INSTALL):
        done = subprocess.run(command, env=environment, check=False, capture_output=True, text=True)
        if done.returncode != 0:
            complain("\n".join((done.stdout + done.stderr).splitlines()[-5:]))


if __name__ == "__main__":
    sys.exit(main())
