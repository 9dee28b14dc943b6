"""The broker of development: messages are files, and need no server."""

import time
from pathlib import Path
from typing import Any
from uuid import uuid4

from kombu.transport import filesystem
from kombu.utils import json

PREFIX = "filesystem://"


class Channel(filesystem.Channel):
    """Shows a message once it is whole: of kombu's own, a worker may read and lose half of one."""

    def _put(self, queue: str, payload: Any, **_: Any) -> None:  # type: ignore[override] # kombu's
        draft = Path(self.data_folder_out, f".{uuid4().hex}")
        draft.write_text(json.dumps(payload))
        draft.rename(draft.with_name(f"{time.time_ns()}_{uuid4().hex}.{queue}.msg"))


class Transport(filesystem.Transport):
    """kombu's transport, with that channel."""

    Channel = Channel


def options(url: str) -> dict[str, Any]:
    """Return Celery's settings for messages in the folder that `url` names, which is made."""
    folder = Path(url.removeprefix(PREFIX))
    folder.mkdir(parents=True, exist_ok=True)
    roles = ("data_folder_in", "data_folder_out", "control_folder")
    return {
        "broker_transport": f"{__name__}:Transport",
        "broker_transport_options": dict.fromkeys(roles, str(folder))
        | {"polling_interval": 0.1},  # seconds; kombu looks every second
    }
