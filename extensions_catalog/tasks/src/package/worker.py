"""What Celery's worker and beat load: production, unless `APP_ENV` says otherwise."""

import gc
import os
import sys

from . import create_app
from .parts import call
from .settings import ConfigurationError

os.environ.setdefault("APP_ENV", "production")
call("bootstrap")
try:
    service = create_app()
except ConfigurationError as reason:
    sys.exit(reason.message)
celery = service.extensions["celery"]
gc.freeze()  # else the full collection before each new process looks at what stays anyway
