"""The SDK's suite over HTTP, against a service in a process of its own."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

import memory_os
from memory_os.sdk import Memory
from memory_os.testing.connector import MemorySuite
from tests.conformance.sdk_service import Service, serving

TENANTS = count(1)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder: Path = tmp_path_factory.mktemp("served")
    with serving(folder) as running:
        yield running


class TestHttp(MemorySuite):
    """Every test has a tenant of its own, so nothing is stored when it begins."""

    @pytest.fixture
    def memory(self, service: Service) -> Iterator[Memory]:
        key = service.key(f"tenant-{next(TENANTS)}")
        with memory_os.connect(service.url, api_key=key) as opened:
            yield opened
