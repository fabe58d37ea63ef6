"""The Celery application: the pool of hands for what happens after an answer.

Rows are the truth; a task carries ids only, never personal data, and is safe to repeat.
"""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ratel.settings")
app = Celery("ratel")
app.config_from_object("django.conf:settings", namespace="CELERY")
