"""The SDK's suite on a store in this process's memory, with a clock that is moved by hand."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

import memory_os
from memory_os.clock import ManualClock
from memory_os.sdk import Memory
from memory_os.testing.connector import MemorySuite
from tests.conformance.callers import callers


class TestInMemory(MemorySuite):
    @pytest.fixture
    def clock(self) -> ManualClock:
        return ManualClock(datetime(2026, 3, 1, 12, tzinfo=UTC))

    @pytest.fixture
    def memory(self, clock: ManualClock) -> Iterator[Memory]:
        with memory_os.connect("sqlite://", clock=clock) as opened:
            yield opened

    @pytest.fixture
    def pass_time(self, clock: ManualClock) -> Callable[[float], object]:
        return lambda seconds: clock.advance(timedelta(seconds=seconds))

    @pytest.fixture
    def as_caller(self, memory: Memory) -> Callable[..., Memory]:
        return callers(memory)
