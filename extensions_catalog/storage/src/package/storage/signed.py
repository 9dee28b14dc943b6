"""`SignedURLs`: URLs of this service, for a storage that has no web server of its own."""

from abc import ABC
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask, url_for
from itsdangerous import BadSignature, URLSafeTimedSerializer

from ..errors import Problem
from .base import UPLOADS, SignedUpload, Storage, check_key, make_key


class SignedURLs(Storage, ABC):
    """A storage with URLs of this service. They can be made while a request is handled."""

    def __init__(self, app: Flask) -> None:
        self.signer = URLSafeTimedSerializer(app.secret_key or "", salt="storage")

    def signed_url(self, key: str, *, filename: str, seconds: int = 300) -> str:
        token = self.sign("download", seconds, key=check_key(key), filename=filename)
        return url_for("storage.download", token=token, _external=True)

    def signed_upload(
        self, *, content_type: str, max_bytes: int, seconds: int = 300
    ) -> SignedUpload:
        key = UPLOADS + make_key()
        token = self.sign("upload", seconds, key=key, max_bytes=max_bytes)
        url = url_for("storage.upload", token=token, _external=True)
        return SignedUpload(key, url, {"Content-Type": content_type})

    def sign(self, action: str, seconds: int, **values: Any) -> str:
        """Return a token that allows one action for a while."""
        return str(self.signer.dumps({"action": action, "seconds": seconds, **values}))

    def verify(self, action: str, token: str) -> dict[str, Any]:
        """Return the values of a token. Raises a 403 `Problem` if it does not allow the action."""
        try:
            values, signed_at = self.signer.loads(token, return_timestamp=True)
        except BadSignature:
            values, signed_at = {"action": "", "seconds": 0}, datetime.min.replace(tzinfo=UTC)
        age = datetime.now(UTC) - signed_at
        if values["action"] != action or age > timedelta(seconds=values["seconds"]):
            raise Problem(403, "This link is not valid any more.")
        return dict(values)
