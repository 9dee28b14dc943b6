"""The address of a bucket, and the connection to its service."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
from botocore.config import Config

SCHEMES = ("https://", "http://")


@dataclass(frozen=True)
class Address:
    """A bucket, the endpoint of its service unless it is AWS, and the endpoint for browsers."""

    bucket: str
    endpoint: str | None
    public: str | None

    @classmethod
    def parse(cls, url: str) -> "Address":
        """Return the address in a URL such as `s3://name?endpoint=https://host`."""
        parsed = urlsplit(url)
        query = parse_qs(parsed.query)
        endpoint = query.get("endpoint", [None])[0]
        return cls(parsed.netloc, endpoint, query.get("public", [endpoint])[0])

    @property
    def is_valid(self) -> bool:
        """Whether there is a bucket, and each endpoint has a scheme."""
        endpoints = filter(None, (self.endpoint, self.public))
        return bool(self.bucket) and all(url.startswith(SCHEMES) for url in endpoints)

    @property
    def is_plain(self) -> bool:
        """Whether files leave the private network without encryption.

        A host without a dot is on the same private network, as in compose.yaml.
        """
        url = urlsplit(self.endpoint or "")
        return url.scheme == "http" and "." in (url.hostname or "") and url.hostname != "127.0.0.1"


def connect(endpoint: str | None) -> Any:
    """Return a client for `endpoint`, or for AWS. It makes at most three attempts."""
    config = Config(
        signature_version="s3v4",  # the default of signed URLs is an older one
        connect_timeout=2,
        read_timeout=10,
        retries={"mode": "standard", "total_max_attempts": 3},
        s3={"addressing_style": "path" if endpoint else "virtual"},
        # Not every compatible service knows the newer checksums.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    return boto3.session.Session().client("s3", endpoint_url=endpoint, config=config)
