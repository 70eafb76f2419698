"""The SDK's suite over HTTP, against a service in a process of its own."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from typing import Any

import pytest

import memory_os
from memory_os.domain.access import PrincipalKind, Role
from memory_os.domain.scope import Scope
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
    def tenant(self) -> str:
        return f"tenant-{next(TENANTS)}"

    @pytest.fixture
    def memory(self, service: Service, tenant: str) -> Iterator[Memory]:
        with memory_os.connect(service.url, api_key=service.key(tenant)) as opened:
            yield opened

    @pytest.fixture
    def as_caller(self, service: Service, tenant: str) -> Iterator[Callable[..., Memory]]:
        with ExitStack() as open_ones:

            def opened(*, role: str | None = None, kind: str = "agent", **bound: Any) -> Memory:
                key = service.ring.issue(
                    "other",
                    role=Role(role) if role else None,
                    kind=PrincipalKind(kind),
                    tenant_id=tenant,
                    bindings=Scope(**bound),
                )
                memory = memory_os.connect(service.url, api_key=key.token)
                return open_ones.enter_context(memory)

            yield opened
