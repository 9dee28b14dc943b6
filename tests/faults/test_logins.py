"""Logins: guessing is slow and tells nothing, and a refresh token is good for one exchange."""

import statistics
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.faults import accounts
from tests.faults.accounts import AUTH, CREDENTIALS
from tests.faults.clients import Count
from tests.faults.production import Production
from tests.faults.sizes import size


def test_one_of_many_exchanges_wins_and_reuse_ends_the_login(
    service: Production, count: Count
) -> None:
    with service.web(workers=2) as web:
        accounts.register(web.url)
        tokens = accounts.log_in(web.url)

        def refresh(token: str) -> httpx.Response:
            while True:
                answer = httpx.post(
                    f"{web.url}{AUTH}/refresh", json={"refresh_token": token}, timeout=30
                )
                if answer.status_code != 503:
                    return answer

        with ThreadPoolExecutor(100) as threads:
            answers = list(threads.map(refresh, [tokens["refresh_token"]] * 100))

        winners = [answer for answer in answers if answer.status_code == 200]
        count(exchanges=len(answers), winners=len(winners))
        assert len(winners) == 1
        assert {answer.status_code for answer in answers} == {200, 401}
        assert refresh(winners[0].json()["refresh_token"]).status_code == 401
        headers = {"Authorization": f"Bearer {winners[0].json()['access_token']}"}
        assert httpx.get(f"{web.url}{AUTH}/me", headers=headers).status_code == 401


def attempt(url: str, address: str, **credentials: str) -> httpx.Response:
    """Log in from an address of the loopback network, with a wrong password if none is given."""
    transport = httpx.HTTPTransport(local_address=address)
    with httpx.Client(base_url=url, transport=transport, timeout=30) as client:
        return client.post(f"{AUTH}/login", json=CREDENTIALS | {"password": "wrong"} | credentials)


def test_the_eleventh_wrong_password_is_not_looked_at(service: Production) -> None:
    with service.web(workers=2) as web:
        accounts.register(web.url)
        statuses = [attempt(web.url, "127.0.0.2").status_code for _ in range(11)]

        assert statuses == [401] * 10 + [429]
        assert attempt(web.url, "127.0.0.2", **CREDENTIALS).status_code == 429
        assert attempt(web.url, "127.0.0.3", **CREDENTIALS).status_code == 200


@pytest.mark.large  # of interest on an idle machine alone
def test_the_time_of_an_answer_tells_nobody_who_has_an_account(
    service: Production, count: Count
) -> None:
    emails = {"known": CREDENTIALS["email"], "unknown": "nobody@example.com"}
    seconds: dict[str, list[float]] = {name: [] for name in emails}
    with service.web(workers=1) as web:
        accounts.register(web.url)
        for pair in range(size(20, 40, 90)):  # fewer than an account is given in an hour
            for name, email in emails.items():
                began = time.perf_counter()
                answer = attempt(web.url, f"127.0.{1 + pair}.1", email=email)
                seconds[name].append(time.perf_counter() - began)
                assert answer.status_code == 401

    known, unknown = (statistics.median(seconds[name][1:]) for name in emails)
    slower = sum(one > other for one, other in zip(*seconds.values(), strict=True))
    count(
        pairs=len(seconds["known"]),
        ratio=f"{known / unknown:.3f}",
        known_account_was_slower_in=slower,
    )
    assert 0.9 < known / unknown < 1.1
