"""Branches in SQL: the port ``BranchStore``."""

from typing import Any

from sqlalchemy import and_, func, insert, literal_column, select

from memory_os.clock import from_micros, to_micros
from memory_os.domain.branch import Branch, Overlaid, plain_id
from memory_os.domain.journal import Note
from memory_os.domain.lifecycle import State
from memory_os.domain.scope import Scope
from memory_os.errors import AlreadyExists
from memory_os_stores.sql.branch_tables import branches
from memory_os_stores.sql.database import Database
from memory_os_stores.sql.namespaces import join, split
from memory_os_stores.sql.tables import BRANCHED, cubes
from memory_os_stores.sql.writing import Writer

_WITHHELD = (State.QUARANTINED.value, State.ERASED.value)


class SqlBranchStore:
    """Keep branches beside the cubes."""

    def __init__(self, database: Database, writer: Writer) -> None:
        self._database = database
        self._writer = writer

    def add_branch(self, branch: Branch, note: Note) -> Branch:
        """Store a branch; see the port."""
        taken = select(branches.c.name).where(
            branches.c.tenant_id == branch.tenant_id,
            branches.c.name == branch.name,
            branches.c.scope_key == branch.scope.key(),
        )
        with self._database.writing() as lane:
            if lane.connection.execute(taken).first() is not None:
                raise AlreadyExists(
                    f"this scope has a branch {branch.name!r}; delete it first or choose another "
                    "name",
                    name=branch.name,
                )
            lane.connection.execute(insert(branches).values(_row(branch)))
            self._writer.note(lane, branch.tenant_id, branch.created_at, note)
        return branch

    def list_branches(self, tenant_id: str, name: str | None = None) -> list[Branch]:
        """Return the tenant's branches, or those of one name, oldest first."""
        query = select(branches).where(branches.c.tenant_id == tenant_id)
        if name is not None:
            query = query.where(branches.c.name == name)
        query = query.order_by(branches.c.created_at, branches.c.branch)
        with self._database.reading() as lane:
            return [_branch(row) for row in lane.connection.execute(query).mappings()]

    def overlaid(self, tenant_id: str, branch_id: str) -> dict[str, Overlaid]:
        """Return the cubes that a branch keeps a row for; see the port."""
        base = cubes.alias("base")
        plain = func.substr(cubes.c.cube_id, 1, func.length(cubes.c.cube_id) - len(branch_id) - 1)
        under = and_(base.c.tenant_id == cubes.c.tenant_id, base.c.cube_id == plain)
        query = (
            select(cubes.c.cube_id, cubes.c.branched_at, base.c.state)
            .select_from(cubes.outerjoin(base, under))
            .where(
                cubes.c.tenant_id == tenant_id,
                cubes.c.branch == branch_id,
                literal_column(f"cubes.{BRANCHED}"),
            )
            .order_by(cubes.c.cube_id)
        )
        with self._database.reading() as lane:
            found = lane.connection.execute(query).all()
        return {
            plain_id(stored): Overlaid(plain_id(stored), from_micros(since), state in _WITHHELD)
            for stored, since, state in found
        }


def _row(branch: Branch) -> dict[str, Any]:
    scope = branch.scope
    return {
        "tenant_id": branch.tenant_id,
        "name": branch.name,
        "scope_key": scope.key(),
        "branch": branch.id,
        "user_id": scope.user_id,
        "agent_id": scope.agent_id,
        "session_id": scope.session_id,
        "namespace": join(scope.namespace),
        "at": to_micros(branch.at),
        "created_at": to_micros(branch.created_at),
        "created_by": branch.by,
        "reason": branch.reason,
    }


def _branch(row: Any) -> Branch:
    return Branch(
        tenant_id=row["tenant_id"],
        name=row["name"],
        id=row["branch"],
        at=from_micros(row["at"]),
        created_at=from_micros(row["created_at"]),
        scope=Scope(row["user_id"], row["agent_id"], row["session_id"], split(row["namespace"])),
        by=row["created_by"],
        reason=row["reason"],
    )
