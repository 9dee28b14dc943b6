"""The service conforms to its OpenAPI document: Schemathesis, with all its checks."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.commands import rest_after
from tests.faults.accounts import AUTH, CREDENTIALS, ITEMS
from tests.matrix.environments import Service
from tests.matrix.rows import Row, presets
from tests.matrix.servers import Servers
from tests.matrix.web_server import serving
from tests.template import render

ROWS = [row for row in presets() if "api" in row.bundles]
# Two accounts: neither may see the other's items.
EMAILS = {"ada": CREDENTIALS["email"], "bob": "bob@example.com"}
# Statuses that Schemathesis does not expect by default: of conditional requests (RFC 6585,
# section 3; RFC 9110, section 13.1.1), and 422 for cursors, which are only strings in a schema.
CONFIGURATION = f"""
[checks.missing_required_header]
expected-statuses = ["400", "401", "403", "406", "415", "422", "428"]

[checks.positive_data_acceptance]
expected-statuses = ["2xx", "3xx", "401", "403", "404", "409", "412", "428", "429"]

[[operations]]
include-name = "GET {ITEMS}"
checks.positive_data_acceptance.expected-statuses = ["200", "422"]

[auth.wfc]
path = "accounts.json"
user = "ada"
peers = ["ada", "bob"]
"""


@pytest.mark.parametrize("row", rest_after(1, ROWS), ids=lambda row: row.name)
@pytest.mark.parametrize(
    ("examples", "cases"),
    [
        (20, 400),
        pytest.param(60, 1_250, marks=pytest.mark.rest),
        pytest.param(1_300, 15_000, marks=pytest.mark.large),
    ],
)
def test_the_service_conforms_to_its_document(
    row: Row,
    examples: int,
    cases: int,
    template: Path,
    tmp_path: Path,
    environment: Path,
) -> None:
    path = render(template, tmp_path / "service", {"project_name": "Contract", **row.data})
    service = Service(path, environment, {"PYTHONPATH": str(path / "src")})
    with Servers().production_variables(row, service) as variables:
        variables |= {"TRUSTED_HOSTS": "127.0.0.1", "TRUSTED_PROXIES": "1"}
        variables["BROKER_URL"] = "redis://127.0.0.1:1/0"  # no worker consumes the tasks
        variables["RATE_LIMIT"] = ""
        service.run("flask", "db", "upgrade", **variables)
        with serving(service, **variables) as client:
            for email in EMAILS.values():
                client.post(f"{AUTH}/register", json=CREDENTIALS | {"email": email})
            report = fuzz(f"{client.base_url}/openapi.json", examples, tmp_path)

    assert report["failures"] == report["errors"] == []
    assert report["test_cases"]["generated"] >= cases


def fuzz(url: str, examples: int, folder: Path) -> dict[str, Any]:
    """Run Schemathesis on the document at `url`, and return its report."""
    (folder / "schemathesis.toml").write_text(CONFIGURATION)
    accounts = [{"name": name, **account(email)} for name, email in EMAILS.items()]
    (folder / "accounts.json").write_text(json.dumps({"auth": accounts}))
    report = folder / "report.json"
    result = subprocess.run(
        (
            *(str(Path(sys.executable).with_name("schemathesis")), "run", url),
            *("--checks", "all", "--mode", "all", "--continue-on-failure"),
            *("--max-examples", str(examples), "--seed", "1", "--generation-database", "none"),
            *("--report", "json", "--report-json-path", str(report), "--no-color"),
        ),
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    content: dict[str, Any] = json.loads(report.read_text())
    return content


def account(email: str) -> dict[str, Any]:
    """Return how Schemathesis logs in: from its own address, because failed logins are counted."""
    return {
        "loginEndpointAuth": {
            "endpoint": f"{AUTH}/login",
            "verb": "POST",
            "contentType": "application/json",
            "headers": [{"name": "X-Forwarded-For", "value": "198.51.100.1"}],
            "payloadRaw": json.dumps(CREDENTIALS | {"email": email}),
            "token": {
                "extractFrom": "body",
                "extractSelector": "/access_token",
                "sendIn": "header",
                "sendName": "Authorization",
                "sendTemplate": "Bearer {token}",
            },
        }
    }
