"""The module that Celery's worker and beat load; `APP_ENV` defaults to production."""

import gc
import os
import sys

from . import create_app
from .parts import run_hooks
from .settings import ConfigurationError

os.environ.setdefault("APP_ENV", "production")
run_hooks("bootstrap")
try:
    service = create_app()
except ConfigurationError as reason:
    sys.exit(reason.message)
celery = service.extensions["celery"]
gc.freeze()  # keeps the collection before each fork from scanning all that is loaded
