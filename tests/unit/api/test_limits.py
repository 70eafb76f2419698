"""Bytes a request and requests a second are bounded."""

from collections.abc import Iterator
from typing import Any

import pytest

from memory_os.errors import RateLimited
from memory_os_api.keys import KeyRing
from memory_os_api.limits import TokenBuckets
from tests.unit.api.fakes import DictKeyStore, OddKernel, app_over, client_of
from tests.unit.api.test_problems import the_problem

LIMIT = 2_048
JSON = {"Content-Type": "application/json"}


class Ticks:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def small() -> Any:
    return client_of(app_over(OddKernel(), max_body_bytes=LIMIT))


def test_a_body_announced_too_large_is_refused() -> None:
    answer = small().post("/v1/search", content=b"x" * (LIMIT + 1), headers=JSON)
    assert the_problem(answer, 413, "too_large")["limit"] == LIMIT


@pytest.mark.parametrize("size", [LIMIT + 1, LIMIT * 3, LIMIT * 20])
def test_a_streamed_body_is_counted_as_it_comes(size: int) -> None:
    def pieces() -> Iterator[bytes]:
        for _ in range(size // 64 + 1):
            yield b" " * 64

    the_problem(small().post("/v1/search", content=pieces(), headers=JSON), 413, "too_large")


def test_a_body_at_the_limit_is_taken() -> None:
    body = b'{"query":""}'
    padded = body + b" " * (LIMIT - len(body))
    answer = small().post("/v1/search", content=padded, headers=JSON)
    assert answer.status_code == 422


@pytest.mark.parametrize("length", ["-1", "many", "99999999999999999999"])
def test_a_length_that_is_none_is_not_believed(length: str) -> None:
    headers = JSON | {"Content-Length": length}
    answer = small().post("/v1/search", content=b"{}", headers=headers)
    assert answer.status_code in (413, 422)


def test_a_caller_gets_the_burst_then_the_rate() -> None:
    ticks = Ticks()
    buckets = TokenBuckets(2.0, 3, ticks=ticks)
    for _ in range(3):
        buckets.take("a")
    with pytest.raises(RateLimited) as raised:
        buckets.take("a")
    assert raised.value.detail["retry_after"] == 0.5
    buckets.take("b")
    ticks.now += 0.5
    buckets.take("a")
    with pytest.raises(RateLimited):
        buckets.take("a")
    ticks.now += 60
    for _ in range(3):
        buckets.take("a")
    with pytest.raises(RateLimited):
        buckets.take("a")


def test_a_rate_of_zero_allows_any_number() -> None:
    buckets = TokenBuckets(0, 1)
    for _ in range(1_000):
        buckets.take("a")


def test_each_key_has_its_own_rate_and_is_told_when_to_come_back() -> None:
    store = DictKeyStore()
    first, second = (KeyRing(store).issue(name).token for name in ("a", "b"))
    client = client_of(app_over(keys=store, rate_limit=0.1, rate_burst=2))

    def ask(token: str) -> Any:
        return client.get("/v1/stats", headers={"Authorization": f"Bearer {token}"})

    assert [ask(first).status_code for _ in range(2)] == [200, 200]
    answer = ask(first)
    body = the_problem(answer, 429, "rate_limited")
    assert 1 <= int(answer.headers["retry-after"]) <= 10
    assert 0 < body["retry_after"] <= 10
    assert ask(second).status_code == 200


def test_callers_on_this_machine_without_keys_have_no_rate() -> None:
    client = client_of(app_over(rate_limit=0.1, rate_burst=1))
    assert {client.get("/v1/stats").status_code for _ in range(20)} == {200}
