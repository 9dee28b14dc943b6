"""Creates an account over HTTP and logs in; has the paths of the API."""

import httpx

from tests.faults.processes import DEADLINE

CREDENTIALS = {"email": "ada@example.com", "password": "correct horse battery"}
API = "/api/v1"
AUTH = f"{API}/auth"
ITEMS = f"{API}/items"


def register(url: str) -> None:
    """Create the account with `CREDENTIALS`."""
    response = httpx.post(f"{url}{AUTH}/register", json=CREDENTIALS, timeout=DEADLINE)
    response.raise_for_status()


def log_in(url: str) -> dict[str, str]:
    """Log in, and return the tokens."""
    response = httpx.post(f"{url}{AUTH}/login", json=CREDENTIALS, timeout=DEADLINE)
    tokens: dict[str, str] = response.raise_for_status().json()
    return tokens


def bearer(url: str) -> dict[str, str]:
    """Create the account, log in, and return the header with the access token."""
    register(url)
    return {"Authorization": f"Bearer {log_in(url)['access_token']}"}
