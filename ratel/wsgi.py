"""The WSGI application that gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ratel.settings")
_django = get_wsgi_application()

from ratel.direct import DirectCalls  # noqa: E402 - needs the settings that the line above sets up

application = DirectCalls(_django)
