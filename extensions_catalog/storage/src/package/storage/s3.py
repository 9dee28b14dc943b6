"""Files in a bucket of S3 or a compatible service."""

from collections.abc import Iterator
from typing import Any, cast
from urllib.parse import urlsplit

import structlog
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import BotoCoreError, ClientError
from flask import Flask, Response
from werkzeug.http import parse_csp_header

from .. import errors
from ..errors import Problem
from .base import (
    UPLOADS,
    SignedUpload,
    Storage,
    Upload,
    attachment,
    check_key,
    make_key,
    not_found,
)
from .bucket import Address, connect
from .contents import CHUNK_BYTES, HEAD_BYTES, CheckedFile, detect_type

MISSING = {"404", "NoSuchKey"}
# One part in memory at a time. S3 requires parts of at least 5 MiB.
PARTS = TransferConfig(
    multipart_threshold=5 * 1024**2, multipart_chunksize=5 * 1024**2, use_threads=False
)

log = structlog.get_logger(__name__)


class S3Storage(Storage):
    """A storage in a bucket. The browser connects to it directly."""

    def __init__(self, address: Address) -> None:
        self.bucket = address.bucket
        self.client = self.signer = connect(address.endpoint)
        if address.public != address.endpoint:
            self.signer = connect(address.public)

    def write(self, key: str, file: CheckedFile) -> None:
        arguments = {"ContentType": file.content_type}
        self.client.upload_fileobj(file, self.bucket, key, ExtraArgs=arguments, Config=PARTS)

    def stream(self, key: str) -> Iterator[bytes]:
        body = self.read(key)["Body"]
        return cast(Iterator[bytes], body.iter_chunks(CHUNK_BYTES))

    def exists(self, key: str) -> bool:
        try:
            self.client.head_object(Bucket=self.bucket, Key=check_key(key))
        except ClientError as reason:
            if reason.response["Error"]["Code"] in MISSING:
                return False
            raise
        return True

    def delete(self, key: str) -> None:
        self.client.delete_object(Bucket=self.bucket, Key=check_key(key))

    def signed_url(self, key: str, *, filename: str, seconds: int = 300) -> str:
        disposition = {"ResponseContentDisposition": attachment(filename)}
        target = {"Bucket": self.bucket, "Key": check_key(key), **disposition}
        return str(self.signer.generate_presigned_url("get_object", target, seconds))

    def signed_upload(
        self, *, content_type: str, max_bytes: int, seconds: int = 300
    ) -> SignedUpload:
        key = UPLOADS + make_key()
        fields = {"Content-Type": content_type}
        conditions = [fields, ["content-length-range", 1, max_bytes]]
        form = self.signer.generate_presigned_post(self.bucket, key, fields, conditions, seconds)
        return SignedUpload(key, form["url"], form["fields"])

    def examine(self, key: str) -> Upload:
        found = self.read(key, Range=f"bytes=0-{HEAD_BYTES - 1}")
        size = int(found["ContentRange"].rpartition("/")[2])
        return Upload(key, detect_type(found["Body"].read()), size, found["ETag"])

    def copy(self, upload: Upload, key: str) -> None:
        self.client.copy_object(
            Bucket=self.bucket,
            Key=key,
            CopySource={"Bucket": self.bucket, "Key": upload.key},
            CopySourceIfMatch=upload.version,
            ContentType=upload.content_type,
            MetadataDirective="REPLACE",
        )

    def read(self, key: str, **options: str) -> Any:
        """Return the response to a request for a file."""
        try:
            return self.client.get_object(Bucket=self.bucket, Key=check_key(key), **options)
        except ClientError as reason:
            if reason.response["Error"]["Code"] in MISSING:
                raise not_found() from None
            raise


def handle(reason: BotoCoreError) -> Response:
    """Return the response to a failure of the connection to the storage."""
    log.warning("storage unavailable", reason=type(reason).__name__)
    headers = {"Retry-After": "1"}
    return errors.handle(Problem(503, "The storage is not available. Try again.", headers))


def allow_origins(policy: str, *origins: str) -> str:
    """Return a policy of pages that also allows uploads to these origins, and their images."""
    sources = parse_csp_header(policy)
    more = " ".join(origins)
    sources.connect_src = f"{sources.connect_src} {more}"
    sources.form_action = f"{sources.form_action} {more}"
    sources.img_src = f"{sources.img_src} {more}"
    return sources.to_header()


def init_app(app: Flask, address: Address) -> S3Storage:
    """Return the storage. Let pages connect to it, and answer failures with 503."""
    storage = S3Storage(address)
    app.register_error_handler(BotoCoreError, handle)
    if policy := app.config.get("CONTENT_SECURITY_POLICY"):
        url = urlsplit(storage.signer.meta.endpoint_url)
        origins = f"{url.scheme}://{url.netloc}", f"{url.scheme}://{address.bucket}.{url.netloc}"
        app.config["CONTENT_SECURITY_POLICY"] = allow_origins(policy, *origins)
    return storage
