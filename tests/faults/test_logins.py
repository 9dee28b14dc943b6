"""One refresh token that is exchanged by many at once has one winner, and ends its login."""

from concurrent.futures import ThreadPoolExecutor

import httpx

from tests.faults import accounts
from tests.faults.accounts import AUTH
from tests.faults.production import Production


def test_one_of_many_exchanges_wins_and_reuse_ends_the_login(service: Production) -> None:
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

        with ThreadPoolExecutor(20) as threads:
            answers = list(threads.map(refresh, [tokens["refresh_token"]] * 100))

        winners = [answer for answer in answers if answer.status_code == 200]
        assert len(winners) == 1
        assert {answer.status_code for answer in answers} == {200, 401}
        assert refresh(winners[0].json()["refresh_token"]).status_code == 401
        headers = {"Authorization": f"Bearer {winners[0].json()['access_token']}"}
        assert httpx.get(f"{web.url}{AUTH}/me", headers=headers).status_code == 401
