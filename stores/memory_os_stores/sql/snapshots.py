"""Named moments in SQL: the port ``SnapshotStore``."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import and_, delete, insert, select
from sqlalchemy.sql.elements import ColumnElement

from memory_os.clock import from_micros, to_micros
from memory_os.domain.journal import GENESIS, Note
from memory_os.domain.past import Snapshot
from memory_os.domain.scope import Scope
from memory_os.errors import AlreadyExists
from memory_os_stores.sql.database import Database
from memory_os_stores.sql.namespaces import join, split
from memory_os_stores.sql.tables import snapshots, tenants
from memory_os_stores.sql.writing import Writer


class SqlSnapshotStore:
    """Keep snapshots beside the cubes."""

    def __init__(self, database: Database, writer: Writer) -> None:
        self._database = database
        self._writer = writer

    def add_snapshot(self, snapshot: Snapshot, note: Note) -> Snapshot:
        """Store a snapshot at the journal's present end; see the port."""
        stands = select(tenants.c.seq, tenants.c.hash).where(
            tenants.c.tenant_id == snapshot.tenant_id
        )
        taken = select(snapshots.c.name).where(
            _key(snapshot.tenant_id, snapshot.scope, snapshot.name)
        )
        with self._database.writing() as lane:
            if lane.connection.execute(taken).first() is not None:
                raise AlreadyExists(
                    f"this scope has a snapshot {snapshot.name!r}; delete it first or choose "
                    "another name",
                    name=snapshot.name,
                )
            found = lane.connection.execute(stands).first()
            seq, digest = (0, GENESIS) if found is None else (int(found[0]), found[1].hex())
            placed = replace(snapshot, seq=seq, hash=digest)
            lane.connection.execute(insert(snapshots).values(_row(placed)))
            self._writer.note(lane, snapshot.tenant_id, snapshot.at, note)
        return placed

    def list_snapshots(self, tenant_id: str, name: str | None = None) -> list[Snapshot]:
        """Return the tenant's snapshots, or those of one name, oldest first."""
        query = select(snapshots).where(snapshots.c.tenant_id == tenant_id)
        if name is not None:
            query = query.where(snapshots.c.name == name)
        query = query.order_by(snapshots.c.at, snapshots.c.scope_key, snapshots.c.name)
        with self._database.reading() as lane:
            return [_snapshot(row) for row in lane.connection.execute(query).mappings()]

    def drop_snapshot(
        self, tenant_id: str, scope: Scope, name: str, at: datetime, note: Note
    ) -> bool:
        """Forget a snapshot; false if exactly this scope has none of this name."""
        query = delete(snapshots).where(_key(tenant_id, scope, name))
        with self._database.writing() as lane:
            if lane.connection.execute(query).rowcount == 0:
                return False
            self._writer.note(lane, tenant_id, at, note)
        return True


def _key(tenant_id: str, scope: Scope, name: str) -> ColumnElement[bool]:
    return and_(
        snapshots.c.tenant_id == tenant_id,
        snapshots.c.name == name,
        snapshots.c.scope_key == scope.key(),
    )


def _row(snapshot: Snapshot) -> dict[str, Any]:
    scope = snapshot.scope
    return {
        "tenant_id": snapshot.tenant_id,
        "name": snapshot.name,
        "scope_key": scope.key(),
        "user_id": scope.user_id,
        "agent_id": scope.agent_id,
        "session_id": scope.session_id,
        "namespace": join(scope.namespace),
        "at": to_micros(snapshot.at),
        "seq": snapshot.seq,
        "hash": bytes.fromhex(snapshot.hash),
        "created_by": snapshot.by,
        "reason": snapshot.reason,
    }


def _snapshot(row: Any) -> Snapshot:
    scope = Scope(row["user_id"], row["agent_id"], row["session_id"], split(row["namespace"]))
    return Snapshot(
        tenant_id=row["tenant_id"],
        name=row["name"],
        at=from_micros(row["at"]),
        scope=scope,
        seq=row["seq"],
        hash=row["hash"].hex(),
        by=row["created_by"],
        reason=row["reason"],
    )
