"""`check_server_url` warns of weak passwords and missing encryption."""

import pytest

from sample.checks import check_server_url


@pytest.mark.parametrize(
    ("url", "codes"),
    [
        ("redis://127.0.0.1:6379", []),
        ("redis://redis:6379", []),
        ("unix:///run/redis.sock", []),
        ("rediss://:secret-of-ours@redis.example.com", []),
        ("rediss://redis.example.com", ["x.no_password"]),
        ("rediss://ada:ada@redis.example.com", ["x.password"]),
        ("amqps://guest:guest@10.0.0.1//", ["x.password"]),
        ("redis://:secret-of-ours@redis.example.com", ["x.plain"]),
        ("postgresql://ada:ours@db.example.com/x", ["x.plain"]),
        ("postgresql://ada:ours@db.example.com/x?sslmode=require", []),
        ("postgresql://db.example.com/x?sslmode=prefer", ["x.no_password", "x.plain"]),
    ],
)
def test_a_remote_server_needs_a_password_and_tls(url: str, codes: list[str]) -> None:
    messages = list(check_server_url("x", "X_URL", url))

    assert [message.code for message in messages] == codes
    assert all("X_URL" in message.message and url not in str(message) for message in messages)
