"""The SQL stores, put through the conformance suites: in a file and in memory."""

from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from memory_os.ports.cube_store import CubeStore
from memory_os.ports.key_store import KeyStore
from memory_os.ports.snapshot_store import SnapshotStore
from memory_os.testing.cube_store import Another, CubeStoreSuite
from memory_os.testing.key_store import KeyStoreSuite
from memory_os.testing.snapshot_store import SnapshotStoreSuite
from memory_os_stores.sql import SqlCubeStore


@pytest.fixture(params=["file", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlCubeStore]:
    url = "sqlite://" if request.param == "memory" else f"sqlite:///{tmp_path / 'memory.db'}"
    opened = SqlCubeStore.open(url)
    yield opened
    opened.close()


@pytest.fixture
def keys(store: SqlCubeStore) -> KeyStore:
    return store.keys


@pytest.fixture
def snapshots(store: SqlCubeStore) -> SnapshotStore:
    return store.snapshots


@pytest.fixture
def another() -> Another:
    def opened(store: CubeStore) -> CubeStore:
        return cast(SqlCubeStore, store).another()

    return opened


class TestSqlCubeStore(CubeStoreSuite):
    pass


class TestSqlKeyStore(KeyStoreSuite):
    pass


class TestSqlSnapshotStore(SnapshotStoreSuite):
    pass
