"""`manage.py write_openapi`: writes docs/openapi.json as the code is now; a test compares the two.

The file is kept so that a change of the API is seen in review as what it is.
"""

import json
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.core.management.base import BaseCommand

from ratel.schema_urls import document

SNAPSHOT: Final = Path(settings.BASE_DIR) / "docs" / "openapi.json"


def written() -> str:
    """The document as the file has it: sorted and indented, so that a difference shows what has changed."""
    return json.dumps(json.loads(document()), indent=1, sort_keys=True, ensure_ascii=False) + "\n"


class Command(BaseCommand):
    help = "Writes docs/openapi.json as the code is now."

    def handle(self, *args: Any, **options: Any) -> None:
        SNAPSHOT.write_text(written())
        self.stdout.write(f"{SNAPSHOT.name}: {SNAPSHOT.stat().st_size} bytes")
