"""The port ``CubeStore`` on SQL."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Self

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

from memory_os.domain.access import AccessFilter
from memory_os.domain.cube import Cube, Governance
from memory_os.domain.journal import Entry
from memory_os.domain.query import Visibility
from memory_os.domain.scope import Scope
from memory_os.domain.statements import Statement
from memory_os.domain.writing import Replay, Write, Written
from memory_os.errors import NotSupported
from memory_os.ports.cube_store import (
    Ability,
    IndexRow,
    Listing,
    OutboxEntry,
    Page,
    Span,
    StoredEmbedder,
)
from memory_os_stores.sql.aging import SqlAgingStore
from memory_os_stores.sql.audit import SqlAuditStore
from memory_os_stores.sql.branching import SqlBranchStore
from memory_os_stores.sql.database import Database
from memory_os_stores.sql.erasures import SqlErasureStore
from memory_os_stores.sql.following import Follower
from memory_os_stores.sql.grants import SqlGrantStore
from memory_os_stores.sql.jobs import SqlJobQueue
from memory_os_stores.sql.keys import SqlKeyStore
from memory_os_stores.sql.mending import SqlMending
from memory_os_stores.sql.policies import SqlPolicyStore
from memory_os_stores.sql.quotas import SqlQuotaStore
from memory_os_stores.sql.reading import Reader
from memory_os_stores.sql.reads import reads
from memory_os_stores.sql.schema import prepare
from memory_os_stores.sql.snapshots import SqlSnapshotStore
from memory_os_stores.sql.tensors import SqlTensorStore
from memory_os_stores.sql.verifying import verify
from memory_os_stores.sql.writes import changes, inserts
from memory_os_stores.sql.writing import Writer

BUSY_TIMEOUT_S = 10.0
_EMBEDDER = TypeAdapter(StoredEmbedder)


class SqlCubeStore:
    """Keep cubes in a SQLite database: ``sqlite:///file.db``, or ``sqlite://`` in memory.

    A file is shared by threads and processes and durable when a write returns. Memory is shared
    by the threads that hold this object. ``?mode=ro`` opens a file for reading only.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._reader = Reader(database)
        self._writer = Writer(database)
        self._follower = Follower(database)
        self.keys = SqlKeyStore(database, self._writer)
        self.audit = SqlAuditStore(database, self._writer)
        self.quotas = SqlQuotaStore(database, self._writer)
        self.jobs = SqlJobQueue(database)
        self.erasures = SqlErasureStore(database, self._writer)
        self.snapshots = SqlSnapshotStore(database, self._writer)
        self.grants = SqlGrantStore(database)
        self.mending = SqlMending(database)
        self.branches = SqlBranchStore(database, self._writer)
        self.policies = SqlPolicyStore(database)
        self.aging = SqlAgingStore(database)
        self.tensors = SqlTensorStore(database)

    @classmethod
    def open(cls, url: str, *, busy_timeout_s: float = BUSY_TIMEOUT_S) -> Self:
        """Open the database behind ``url``; make it or upgrade its schema where needed.

        ``busy_timeout_s`` is how long a write waits for other writers.

        Raises:
            ConfigurationError: the URL is not understood, or the file is something else's.
            StoreUnavailable, StoreReadOnly, StoreCorrupt, StoreBusy, SchemaTooNew.
        """
        database = Database(url, busy_timeout_s)
        try:
            prepare(database)
        except BaseException:
            database.close()
            raise
        return cls(database)

    def another(self) -> Self:
        """Open a second store on the same rows, as another process would.

        Raises:
            NotSupported: the rows live in this process's memory.
        """
        if self._database.in_memory:
            raise NotSupported(f"{self._database.url!r} lives in memory; use sqlite:///file.db")
        return type(self).open(self._database.url, busy_timeout_s=self._database.busy_timeout_s)

    @property
    def capabilities(self) -> frozenset[Ability]:
        """Return what this store declares."""
        if self._database.in_memory:
            return frozenset()
        return frozenset({Ability.DURABLE, Ability.SHARED_BY_PROCESSES})

    @property
    def instance_id(self) -> str:
        """Return the database's own id, made with it."""
        return self._fact("instance") or ""

    def write(self, write: Write) -> Written:
        """Do one transaction; see the port."""
        return self._writer.write(write)

    def replay(self, tenant_id: str, key: str, now: datetime) -> Replay | None:
        """Return the record under an idempotency key; see the port."""
        return self._reader.replay(tenant_id, key, now)

    def get(
        self, access: AccessFilter, ids: Sequence[str], *, as_of: datetime | None = None
    ) -> list[Cube]:
        """Return heads, or the versions current at ``as_of``; see the port."""
        return self._reader.get(access, ids, as_of)

    def read(self, access: AccessFilter, versions: Sequence[tuple[str, int]]) -> list[Cube | None]:
        """Return these versions; see the port."""
        return self._reader.read(access, versions)

    def find(self, access: AccessFilter, listing: Listing, now: datetime) -> Page:
        """Return a page of cubes; see the port."""
        return self._reader.find(access, listing, now)

    def history(self, access: AccessFilter, cube_id: str) -> list[Cube]:
        """Return every version of a cube; see the port."""
        return self._reader.history(access, cube_id)

    def standing(self, tenant_id: str, ids: Sequence[str], at: datetime) -> dict[str, Governance]:
        """Return the governance of these cubes at a time; see the port."""
        return self._reader.standing(tenant_id, ids, at)

    def touched(self, access: AccessFilter, span: Span) -> list[str]:
        """Return the ids of cubes that may have changed; see the port."""
        return self._reader.touched(access, span)

    def by_external_id(self, access: AccessFilter, scope: Scope, external_id: str) -> Cube | None:
        """Return the cube with this external id; see the port."""
        return self._reader.by_external_id(access, scope, external_id)

    def by_content(self, access: AccessFilter, scope: Scope, content_hash: str) -> list[Cube]:
        """Return the recallable cubes of this content; see the port."""
        return self._reader.by_content(access, scope, content_hash)

    def held_contents(self, tenant_id: str, hashes: Sequence[str]) -> set[str]:
        """Return which of these content hashes a head of the tenant has; see the port."""
        return self._reader.held_contents(tenant_id, hashes)

    def by_statement(self, access: AccessFilter, scope: Scope, statement: Statement) -> list[Cube]:
        """Return the recallable facts about this; see the port."""
        return self._reader.by_statement(access, scope, statement)

    def last_turn(self, access: AccessFilter, scope: Scope) -> int:
        """Return the highest turn in this scope; see the port."""
        return self._reader.last_turn(access, scope)

    def select(
        self, access: AccessFilter, visibility: Visibility, now: datetime
    ) -> NDArray[np.int64]:
        """Return the chunks that pass the visibility; see the port."""
        return self._follower.select(access, visibility, now)

    def spans(
        self, tenant_id: str, numbers: Sequence[int]
    ) -> dict[int, tuple[tuple[int, int], str]]:
        """Return the span and the heading of each of these chunks; see the port."""
        return self._follower.spans(tenant_id, numbers)

    def head(self, tenant_id: str) -> int:
        """Return the number of the tenant's last journal entry; see the port."""
        return self._follower.head(tenant_id)

    def checkpoint(self, tenant_id: str, seq: int) -> str | None:
        """Return the journal's hash at ``seq``; see the port."""
        return self._follower.checkpoint(tenant_id, seq)

    def outbox(self, tenant_id: str, after: int, limit: int) -> list[OutboxEntry]:
        """Return index work above ``after``; see the port."""
        return self._follower.outbox(tenant_id, after, limit)

    def index_rows(self, tenant_id: str, keys: Sequence[tuple[str, int]]) -> list[IndexRow]:
        """Return these versions with their passages; see the port."""
        return self._follower.index_rows(tenant_id, keys)

    def scan_index(self, tenant_id: str, batch: int = 2000) -> Iterator[list[IndexRow]]:
        """Stream every version that has passages; see the port."""
        return self._follower.scan_index(tenant_id, batch)

    def journal(self, tenant_id: str, after: int, limit: int) -> list[Entry]:
        """Return journal entries above ``after``; see the port."""
        return self._follower.journal(tenant_id, after, limit)

    def tenants(self) -> list[str]:
        """Return every tenant that has ever written."""
        with self._database.reading() as lane:
            return [row[0] for row in lane.rows(reads(self._database.dialect).tenants)]

    def embedder(self) -> StoredEmbedder | None:
        """Return the model behind the stored vectors; see the port."""
        found = self._fact("embedder")
        return None if found is None else _EMBEDDER.validate_json(found)

    def set_embedder(self, embedder: StoredEmbedder) -> None:
        """Record the model behind the stored vectors."""
        self._set_fact("embedder", _EMBEDDER.dump_json(embedder).decode())

    def seal_mark(self) -> str | None:
        """Return what the store knows its secret by, nothing before it was opened with one."""
        return self._fact("seal")

    def set_seal_mark(self, mark: str) -> None:
        """Record what the store knows its secret by."""
        self._set_fact("seal", mark)

    def replace_vectors(
        self, tenant_id: str, vectors: Sequence[tuple[int, NDArray[np.float32]]]
    ) -> None:
        """Overwrite the vectors of these chunks; see the port."""
        self._follower.replace_vectors(tenant_id, vectors)

    def verify(self) -> list[str]:
        """Check the rows' own invariants; see the port."""
        return verify(self._database, self._follower)

    def close(self) -> None:
        """Release connections."""
        self._database.close()

    def _set_fact(self, name: str, value: str) -> None:
        dialect = self._database.dialect
        with self._database.writing() as lane:
            lane.driver.execute(changes(dialect).drop_fact, (name,))
            lane.driver.execute(inserts(dialect).fact, (name, value))

    def _fact(self, name: str) -> str | None:
        with self._database.reading() as lane:
            rows = lane.rows(reads(self._database.dialect).fact, (name,))
        return str(rows[0][0]) if rows else None
