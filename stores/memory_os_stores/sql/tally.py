"""Counting what one transaction adds to quotas; where none is set it reads one index, no more."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Integer, LargeBinary, bindparam, case, cast, func, select, update
from sqlalchemy import literal_column as literally

from memory_os.clock import from_micros, to_micros
from memory_os.domain.cube import Cube
from memory_os.domain.lifecycle import State
from memory_os.domain.payload import Activation, Adapter
from memory_os.domain.quotas import BYTES, UNCOUNTED, Charges, Meter, Quota, charge
from memory_os.domain.scope import Scope
from memory_os.domain.vocabulary import Kind
from memory_os_stores.sql.codec import Row
from memory_os_stores.sql.compiled import dialect_named, key, sql_text
from memory_os_stores.sql.database import Lane
from memory_os_stores.sql.oversight_tables import quotas
from memory_os_stores.sql.tables import cubes, versions

PAYLOAD = 14
"""Where a row of ``versions`` holds the payload."""

_BLOB_SIZE = func.json_extract(versions.c.payload, literally("'$.blob.size'"))
_TEXT_SIZE = func.length(cast(versions.c.payload, LargeBinary))
SIZE = func.sum(
    case(
        (cubes.c.kind == literally(f"'{Kind.TEXT.value}'"), _TEXT_SIZE),
        else_=cast(_BLOB_SIZE, Integer),
    )
)
"""The bytes of all versions of what is selected: of a text its payload, of others their blobs."""


@dataclass(frozen=True, slots=True)
class Statements:
    """The statements of counting, compiled once a dialect."""

    quotas: str
    move: str
    weight: str


@lru_cache(maxsize=4)
def statements(dialect_name: str) -> Statements:
    """Compile the statements for a dialect."""
    dialect = dialect_named(dialect_name)
    place = (quotas.c.tenant_id, quotas.c.holder, quotas.c.meter)
    values: list[tuple[Any, Any]] = [
        (quotas.c.used, bindparam("to_used")),
        (quotas.c.since, bindparam("to_since")),
    ]
    of = (versions.c.tenant_id == cubes.c.tenant_id, versions.c.cube_id == cubes.c.cube_id)
    return Statements(
        quotas=sql_text(
            select(quotas).where(key(quotas.c.tenant_id)).order_by(*place), dialect, "key_tenant_id"
        ),
        move=sql_text(
            update(quotas).ordered_values(*values).where(key(*place)),
            dialect,
            *("to_used", "to_since", "key_tenant_id", "key_holder", "key_meter"),
        ),
        weight=_weight(of, dialect),
    )


def _weight(of: tuple[Any, ...], dialect: Any) -> str:
    query = (
        select(cubes.c.user_id, cubes.c.agent_id, cubes.c.kind, SIZE)
        .where(key(cubes.c.tenant_id, cubes.c.cube_id), *of)
        .group_by(cubes.c.cube_id)
    )
    return sql_text(query, dialect, "key_tenant_id", "key_cube_id")


def quota_of(row: Any) -> Quota:
    """Return the quota behind a row."""
    tenant_id, holder, meter, most, used, since, set_by, set_at = row
    return Quota(
        tenant_id,
        holder,
        Meter(meter),
        most,
        used,
        from_micros(since),
        set_by,
        from_micros(set_at),
    )


@dataclass(slots=True)
class Tally:
    """What a transaction uses, kept only while the tenant has quotas."""

    lane: Lane
    at: datetime
    quotas: list[Quota]
    charges: Charges = field(default_factory=dict)

    @classmethod
    def opened(cls, lane: Lane, dialect: str, tenant_id: str, at: datetime) -> "Tally":
        """Read the tenant's quotas inside the transaction."""
        rows = lane.rows(statements(dialect).quotas, (tenant_id,))
        return cls(lane, at, [quota_of(row) for row in rows])

    def created(self, cube: Cube, version: Row) -> None:
        """Count a new memory."""
        if not self.quotas:
            return
        charge(self.charges, cube.scope, Meter.WRITES, 1)
        if cube.governance.state not in UNCOUNTED:
            charge(self.charges, cube.scope, Meter.CUBES, 1)
            charge(self.charges, cube.scope, BYTES[cube.kind], weight(cube, version))

    def revised(self, cube: Cube, version: Row) -> None:
        """Count a new version."""
        if not self.quotas:
            return
        charge(self.charges, cube.scope, Meter.WRITES, 1)
        if cube.governance.state not in UNCOUNTED:
            charge(self.charges, cube.scope, BYTES[cube.kind], weight(cube, version))

    def governed(self, dialect: str, cube_id: str, was: str, will: str) -> None:
        """Count a memory that comes back, or one that goes, with all its versions."""
        left, comes = State(was) in UNCOUNTED, State(will) in UNCOUNTED
        if not self.quotas or left == comes:
            return
        sign = -1 if comes else 1
        place = (self.quotas[0].tenant_id, cube_id)
        for user_id, agent_id, kind, size in self.lane.rows(statements(dialect).weight, place):
            scope = Scope(user_id, agent_id)
            charge(self.charges, scope, Meter.CUBES, sign)
            charge(self.charges, scope, BYTES[Kind(kind)], sign * (size or 0))

    def settle(self, dialect: str, *, settling: bool = False) -> None:
        """Store what is used now.

        Raises:
            QuotaExhausted: something does not fit, and it is not ``settling``.
        """
        for quota in self.quotas:
            amount = self.charges.get((quota.holder, quota.meter), 0)
            if not amount:
                continue
            after = forced(quota, amount, self.at) if settling else quota.charged(amount, self.at)
            place = (quota.tenant_id, quota.holder, quota.meter.value)
            row = (after.used, to_micros(after.since), *place)
            self.lane.driver.execute(statements(dialect).move, row)


def forced(quota: Quota, amount: int, at: datetime) -> Quota:
    """Return the quota with ``amount`` counted, whether it fits or not."""
    standing = quota.at(at)
    return replace(standing, used=max(0, standing.used + amount))


def weight(cube: Cube, version: Row) -> int:
    """Return the bytes of one version: of a text its payload, of others their blobs."""
    if isinstance(cube.payload, Adapter):
        return cube.payload.blob.size
    if isinstance(cube.payload, Activation):
        return sum(chunk.blob.size for chunk in cube.payload.chunks)
    return len(version[PAYLOAD].encode())
