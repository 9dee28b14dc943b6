"""The settings of the storage."""

import pytest

from {{ package_name }} import create_app
from {{ package_name }}.settings import ConfigurationError
from {{ package_name }}.storage import checks


@pytest.mark.parametrize(
    ("url", "codes"),
    [
        ("s3://shop", []),
        ("s3://shop?endpoint=https://s3.example.com", []),
        ("s3://shop?endpoint=http://seaweedfs:8333", []),
        ("s3://shop?endpoint=http://s3.example.com", ["storage.plain"]),
        ("file:/srv/files", ["storage.file"]),
        ("memory:", ["storage.url"]),
        ("", ["storage.url"]),
        (None, []),
    ],
)
def test_production_requires_a_bucket(url: str | None, codes: list[str]) -> None:
    config = {"AWS_DEFAULT_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "a"}
    found = checks({"STORAGE_URL": url, "AWS_SECRET_ACCESS_KEY": "b", **config})
    assert [message.code for message in found] == codes


def test_production_requires_a_complete_key() -> None:
    config = {"STORAGE_URL": "s3://shop", "AWS_DEFAULT_REGION": "", "AWS_ACCESS_KEY_ID": "a"}
    found = checks({**config, "AWS_SECRET_ACCESS_KEY": ""})
    assert [message.code for message in found] == ["storage.key", "storage.region"]


@pytest.mark.parametrize(
    "url",
    ["s3:shop", "file:", "memory:x", "https://s3.example.com", "s3://shop?endpoint=s3.example.com"],
)
def test_a_wrong_url_is_refused(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("STORAGE_URL", url)
    with pytest.raises(ConfigurationError, match="STORAGE_URL: Use s3://bucket"):
        create_app({"APP_ENV": "testing"})


@pytest.mark.parametrize("url", ["memory:", "file:instance/files"])
def test_other_urls_are_for_development_and_tests(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("STORAGE_URL", url)
    assert create_app({"APP_ENV": "testing"}).config["STORAGE_URL"] == url
