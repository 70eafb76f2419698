"""The SDK's suite on a SQLite file, with the machine's clock."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import memory_os
from memory_os.sdk import Memory
from memory_os.testing.connector import MemorySuite
from tests.conformance.callers import callers


class TestSqliteFile(MemorySuite):
    @pytest.fixture
    def memory(self, tmp_path: Path) -> Iterator[Memory]:
        with memory_os.connect(f"sqlite:///{tmp_path}/memory.db") as opened:
            yield opened

    @pytest.fixture
    def as_caller(self, memory: Memory) -> Callable[..., Memory]:
        return callers(memory)
