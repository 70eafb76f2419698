"""Ids of Memory OS name things and open none: they are no secrets."""

import os

import pytest

from memory_os.clock import SystemClock
from memory_os.ids import UlidSource
from memory_os.policies.redaction import scan

IDS = UlidSource(SystemClock(), os.urandom)


@pytest.mark.parametrize("prefix", ["mem", "job", "era", "grant", "br"])
def test_an_id_made_here_is_no_secret(prefix: str) -> None:
    for _ in range(50):
        assert scan(f"see {IDS.new(prefix)}, it says so") == ()


def test_what_only_begins_like_one_is_looked_at() -> None:
    assert scan("mem_q7Zp2LxV9bT4mK8sR1wY6cN3dF5gH0jA, keep it")
