"""The API conforms to its OpenAPI document, whatever clients send.

Schemathesis generates valid and invalid requests of every operation. Each response must have a
status, headers and a body that the document describes.
"""

from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, settings
from schemathesis import Case, Config

from {{ package_name }} import create_app

EXAMPLES = 20  # of each operation
# Statuses that are right beyond those that Schemathesis expects: of conditional requests (RFC 6585,
# section 3), 422 for cursors, which are only strings in the document, and 429 for many requests.
TO_VALID_REQUESTS = ["2xx", "3xx", "401", "403", "404", "409", "412", "422", "428", "429"]
WITHOUT_HEADERS = ["400", "401", "403", "406", "415", "422", "428"]
CONFIG = {
    "checks": {
        "missing_required_header": {"expected-statuses": WITHOUT_HEADERS},
        "positive_data_acceptance": {"expected-statuses": TO_VALID_REQUESTS},
    }
}

document = schemathesis.openapi.from_wsgi(
    "/openapi.json", create_app({"APP_ENV": "testing"}), config=Config.from_dict(CONFIG)
)
if len(document) == 0:
    pytest.skip("the API has no operations", allow_module_level=True)


@pytest.fixture
def headers(request: pytest.FixtureRequest) -> dict[str, str]:
    """Return the token of a user, if the service has users with tokens."""
    try:
        client = request.getfixturevalue("user_client")
    except pytest.FixtureLookupError:
        return {}
    return {"Authorization": client.environ_base["HTTP_AUTHORIZATION"]}


@document.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=[*HealthCheck],
)
def test_responses_conform_to_the_document(
    case: Case[Any], app: Flask, headers: dict[str, str]
) -> None:
    document.app = app
    case.call_and_validate(headers=headers)
