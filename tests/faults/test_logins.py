"""A refresh token can be exchanged once; guessing passwords is slow and reveals no accounts."""

import statistics
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.faults import accounts
from tests.faults.accounts import AUTH, CREDENTIALS
from tests.faults.clients import Record
from tests.faults.processes import DEADLINE
from tests.faults.production import Production
from tests.faults.sizes import size


def test_one_of_many_exchanges_succeeds_and_reuse_ends_the_login(
    service: Production, record: Record
) -> None:
    with service.web(workers=2) as web:
        accounts.register(web.url)
        tokens = accounts.log_in(web.url)

        def refresh(token: str) -> httpx.Response:
            while True:
                response = httpx.post(
                    f"{web.url}{AUTH}/refresh", json={"refresh_token": token}, timeout=DEADLINE
                )
                if response.status_code != 503:
                    return response

        with ThreadPoolExecutor(100) as threads:
            responses = list(threads.map(refresh, [tokens["refresh_token"]] * 100))

        successes = [response for response in responses if response.status_code == 200]
        record(exchanges=len(responses), successes=len(successes))
        assert len(successes) == 1
        assert {response.status_code for response in responses} == {200, 401}
        tokens = successes[0].json()
        assert refresh(tokens["refresh_token"]).status_code == 401
        headers = {"Authorization": f"Bearer {tokens['access_token']}"}
        me = httpx.get(f"{web.url}{AUTH}/me", headers=headers, timeout=DEADLINE)
        assert me.status_code == 401


def try_login(url: str, address: str, **credentials: str) -> httpx.Response:
    """Log in from a loopback address; the password is wrong unless it is given."""
    transport = httpx.HTTPTransport(local_address=address)
    with httpx.Client(base_url=url, transport=transport, timeout=DEADLINE) as client:
        return client.post(f"{AUTH}/login", json=CREDENTIALS | {"password": "wrong"} | credentials)


@pytest.mark.rest
def test_ten_wrong_passwords_block_an_address(service: Production) -> None:
    with service.web(workers=2) as web:
        accounts.register(web.url)
        statuses = [try_login(web.url, "127.0.0.2").status_code for _ in range(11)]

        assert statuses == [401] * 10 + [429]
        assert try_login(web.url, "127.0.0.2", **CREDENTIALS).status_code == 429
        assert try_login(web.url, "127.0.0.3", **CREDENTIALS).status_code == 200


@pytest.mark.large  # measures times, on an idle machine only
def test_login_timing_does_not_reveal_whether_an_account_exists(
    service: Production, record: Record
) -> None:
    emails = {"known": CREDENTIALS["email"], "unknown": "nobody@example.com"}
    seconds: dict[str, list[float]] = {name: [] for name in emails}
    with service.web(workers=1) as web:
        accounts.register(web.url)
        for pair in range(size(20, 40, 90)):  # below the limit of an account in an hour
            for name, email in emails.items():
                started = time.perf_counter()
                response = try_login(web.url, f"127.0.{1 + pair}.1", email=email)
                seconds[name].append(time.perf_counter() - started)
                assert response.status_code == 401

    known, unknown = (statistics.median(seconds[name][1:]) for name in emails)
    slower = sum(one > other for one, other in zip(*seconds.values(), strict=True))
    record(
        pairs=len(seconds["known"]),
        ratio=f"{known / unknown:.3f}",
        known_account_was_slower_in=slower,
    )
    assert 0.9 < known / unknown < 1.1
