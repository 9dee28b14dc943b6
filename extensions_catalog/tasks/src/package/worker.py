"""The module that Celery's worker and beat import. `APP_ENV` defaults to production."""

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
gc.freeze()  # so that the garbage collection before each fork skips what is loaded by now
