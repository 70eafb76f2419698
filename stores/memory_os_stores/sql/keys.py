"""API keys in SQL: the port ``KeyStore``."""

from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update

from memory_os.clock import from_micros, to_micros
from memory_os.domain.access import PrincipalKind, Role
from memory_os.domain.journal import Note
from memory_os.domain.scope import Scope
from memory_os.errors import AlreadyExists
from memory_os.ports.key_store import ApiKey
from memory_os_stores.sql.codec import moment
from memory_os_stores.sql.database import Database
from memory_os_stores.sql.namespaces import join, split
from memory_os_stores.sql.tables import api_keys
from memory_os_stores.sql.writing import Writer


class SqlKeyStore:
    """Keep API keys beside the cubes."""

    def __init__(self, database: Database, writer: Writer) -> None:
        self._database = database
        self._writer = writer

    def add_key(self, key: ApiKey, digest: str, *, by: str = "local") -> None:
        """Store a new key, and journal who made it.

        Raises:
            AlreadyExists: a key has this id.
        """
        scope = key.bindings
        row = {
            "tenant_id": key.tenant_id,
            "key_id": key.id,
            "digest": digest,
            "name": key.name,
            "role": key.role.value,
            "kind": key.kind.value,
            "user_id": scope.user_id,
            "agent_id": scope.agent_id,
            "session_id": scope.session_id,
            "namespace": join(scope.namespace),
            "created_at": to_micros(key.created_at),
            "expires_at": None if key.expires_at is None else to_micros(key.expires_at),
            "revoked_at": None if key.revoked_at is None else to_micros(key.revoked_at),
        }
        with self._database.writing() as lane:
            taken = select(api_keys.c.key_id).where(api_keys.c.key_id == key.id)
            if lane.connection.execute(taken).first() is not None:
                raise AlreadyExists(f"there is an API key {key.id!r} already", id=key.id)
            lane.connection.execute(insert(api_keys).values(row))
            said = f"role {key.role.value}, kind {key.kind.value}"
            note = Note(by, "key_create", (key.id,), said)
            self._writer.note(lane, key.tenant_id, key.created_at, note)

    def find_key(self, key_id: str) -> tuple[ApiKey, str] | None:
        """Return a key and the digest of its secret."""
        query = select(api_keys).where(api_keys.c.key_id == key_id)
        with self._database.reading() as lane:
            row = lane.connection.execute(query).mappings().first()
            return None if row is None else (_key(row), str(row["digest"]))

    def list_keys(self, tenant_id: str | None = None) -> list[ApiKey]:
        """Return the keys of one tenant, or of all, oldest first."""
        query = select(api_keys).order_by(api_keys.c.created_at, api_keys.c.key_id)
        if tenant_id is not None:
            query = query.where(api_keys.c.tenant_id == tenant_id)
        with self._database.reading() as lane:
            return [_key(row) for row in lane.connection.execute(query).mappings()]

    def revoke_key(self, key_id: str, at: datetime, *, by: str = "local") -> bool:
        """Mark a key revoked, once, and journal by whom; false if there is none with this id."""
        query = (
            update(api_keys)
            .where(api_keys.c.key_id == key_id, api_keys.c.revoked_at.is_(None))
            .values(revoked_at=to_micros(at))
        )
        found = select(api_keys.c.tenant_id).where(api_keys.c.key_id == key_id)
        with self._database.writing() as lane:
            revoked = lane.connection.execute(query).rowcount > 0
            tenant = lane.connection.execute(found).scalar()
            if revoked and tenant is not None:
                note = Note(by, "key_revoke", (key_id,))
                self._writer.note(lane, tenant, at, note)
            return tenant is not None


def _key(row: Any) -> ApiKey:
    scope = Scope(row["user_id"], row["agent_id"], row["session_id"], split(row["namespace"]))
    return ApiKey(
        id=row["key_id"],
        tenant_id=row["tenant_id"],
        name=row["name"],
        role=Role(row["role"]),
        kind=PrincipalKind(row["kind"]),
        bindings=scope,
        created_at=from_micros(row["created_at"]),
        expires_at=moment(row["expires_at"]),
        revoked_at=moment(row["revoked_at"]),
    )
