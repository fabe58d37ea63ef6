#!/usr/bin/env python
"""The command line of Ratel: `manage.py help` lists the commands.

Beside an instance that `make run` started it works on that one, without any variable being set.
"""

import os
import sys
from pathlib import Path

from ratel import environment


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ratel.settings")
    from django.core.management import execute_from_command_line

    try:
        environment.adopt_local_instance(Path(__file__).resolve().parent)
        execute_from_command_line(sys.argv)
    except environment.BadSetting as problem:
        sys.exit(f"manage.py: {problem}")


if __name__ == "__main__":
    main()
