"""The SQL stores, put through the conformance suites: in a file and in memory."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from memory_os.ports.aging_store import AgingStore
from memory_os.ports.branch_store import BranchStore
from memory_os.ports.cube_store import CubeStore
from memory_os.ports.job_queue import JobQueue
from memory_os.ports.key_store import KeyStore
from memory_os.ports.policy_store import PolicyStore
from memory_os.ports.snapshot_store import SnapshotStore
from memory_os.testing.aging_store import AgingStoreSuite
from memory_os.testing.branch_store import BranchStoreSuite
from memory_os.testing.cube_store import Another, CubeStoreSuite
from memory_os.testing.job_queue import JobQueueSuite
from memory_os.testing.key_store import KeyStoreSuite
from memory_os.testing.policy_store import PolicyStoreSuite
from memory_os.testing.snapshot_store import SnapshotStoreSuite
from memory_os_stores.sql import SqlCubeStore


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of an empty store, to be copied: making one takes longer than most tests."""
    path: Path = tmp_path_factory.mktemp("empty") / "memory.db"
    SqlCubeStore.open(f"sqlite:///{path}").close()
    return path


@pytest.fixture(params=["file", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path, empty: Path) -> Iterator[SqlCubeStore]:
    url = "sqlite://"
    if request.param == "file":
        url = f"sqlite:///{shutil.copy(empty, tmp_path)}"
    opened = SqlCubeStore.open(url)
    yield opened
    opened.close()


@pytest.fixture
def keys(store: SqlCubeStore) -> KeyStore:
    return store.keys


@pytest.fixture
def queue(store: SqlCubeStore) -> JobQueue:
    return store.jobs


@pytest.fixture
def snapshots(store: SqlCubeStore) -> SnapshotStore:
    return store.snapshots


@pytest.fixture
def branches(store: SqlCubeStore) -> BranchStore:
    return store.branches


@pytest.fixture
def policies(store: SqlCubeStore) -> PolicyStore:
    return store.policies


@pytest.fixture
def aging(store: SqlCubeStore) -> AgingStore:
    return store.aging


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


class TestSqlJobQueue(JobQueueSuite):
    pass


class TestSqlPolicyStore(PolicyStoreSuite):
    pass


class TestSqlAgingStore(AgingStoreSuite):
    pass


class TestSqlBranchStore(BranchStoreSuite):
    pass
