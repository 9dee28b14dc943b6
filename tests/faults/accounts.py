"""Creates an account over HTTP and logs in; has the paths of the API."""

import httpx

CREDENTIALS = {"email": "ada@example.com", "password": "correct horse battery"}
API = "/api/v1"
AUTH = f"{API}/auth"
ITEMS = f"{API}/items"


def register(url: str) -> None:
    """Create the account with `CREDENTIALS`."""
    httpx.post(f"{url}{AUTH}/register", json=CREDENTIALS).raise_for_status()


def log_in(url: str) -> dict[str, str]:
    """Log in, and return the tokens."""
    response = httpx.post(f"{url}{AUTH}/login", json=CREDENTIALS, timeout=30).raise_for_status()
    tokens: dict[str, str] = response.json()
    return tokens


def bearer(url: str) -> dict[str, str]:
    """Create the account, log in, and return the header with the access token."""
    register(url)
    return {"Authorization": f"Bearer {log_in(url)['access_token']}"}
