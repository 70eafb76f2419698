"""Quotas in SQL: the port ``QuotaStore``."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import and_, delete, func, insert, select
from sqlalchemy.sql.elements import ColumnElement

from memory_os.clock import to_micros
from memory_os.domain.journal import Note
from memory_os.domain.quotas import BYTES, UNCOUNTED, WINDOWS, Charges, Meter, Quota
from memory_os_stores.sql.database import Database, Lane
from memory_os_stores.sql.oversight_tables import quotas
from memory_os_stores.sql.tables import cubes, versions
from memory_os_stores.sql.tally import SIZE, Tally, quota_of, statements
from memory_os_stores.sql.writing import Writer

_KINDS = {meter: kind for kind, meter in BYTES.items()}


class SqlQuotaStore:
    """Keep quotas beside the cubes."""

    def __init__(self, database: Database, writer: Writer) -> None:
        self._database = database
        self._writer = writer
        self._text = statements(database.dialect)

    def quotas(self, tenant_id: str) -> list[Quota]:
        """Return the tenant's quotas; see the port."""
        with self._database.reading() as lane:
            return [quota_of(row) for row in lane.rows(self._text.quotas, (tenant_id,))]

    def set_quota(self, quota: Quota, note: Note) -> Quota:
        """Set a limit; see the port."""
        with self._database.writing() as lane:
            known = lane.connection.execute(select(quotas).where(_key(quota))).first()
            if quota.meter not in WINDOWS:
                quota = replace(quota, used=_counted(lane, quota))
            elif known is not None:
                before = quota_of(known).at(quota.set_at)
                quota = replace(quota, used=before.used, since=before.since)
            else:
                quota = quota.at(quota.set_at)
            lane.connection.execute(delete(quotas).where(_key(quota)))
            lane.connection.execute(insert(quotas).values(_row(quota)))
            self._writer.note(lane, quota.tenant_id, quota.set_at, note)
        return quota

    def drop_quota(self, tenant_id: str, quota_id: str, at: datetime, note: Note) -> Quota | None:
        """Remove a quota; see the port."""
        with self._database.writing() as lane:
            rows = lane.rows(self._text.quotas, (tenant_id,))
            found = next((q for q in map(quota_of, rows) if q.id == quota_id), None)
            if found is not None:
                lane.connection.execute(delete(quotas).where(_key(found)))
                self._writer.note(lane, tenant_id, at, note)
        return found

    def spend(self, tenant_id: str, charges: Charges, at: datetime, *, settling: bool) -> None:
        """Count charges in a transaction of its own; see the port."""
        dialect = self._database.dialect
        with self._database.writing() as lane:
            tally = Tally.opened(lane, dialect, tenant_id, at)
            tally.charges = charges
            tally.settle(dialect, settling=settling)

    def recount(self, tenant_id: str) -> list[Quota]:
        """Count anew what is there; see the port."""
        with self._database.writing() as lane:
            return recount(lane, self._database.dialect, tenant_id)


def recount(lane: Lane, dialect: str, tenant_id: str) -> list[Quota]:
    """Count anew what is there, in the transaction that ``lane`` is in."""
    found = []
    for stored in map(quota_of, lane.rows(statements(dialect).quotas, (tenant_id,))):
        windowed = stored.meter in WINDOWS
        quota = stored if windowed else replace(stored, used=_counted(lane, stored))
        place = (quota.tenant_id, quota.holder, quota.meter.value)
        row = (quota.used, to_micros(quota.since), *place)
        lane.driver.execute(statements(dialect).move, row)
        found.append(quota)
    return found


def _counted(lane: Lane, quota: Quota) -> int:
    """Return what is there of a meter without a window."""
    gone = sorted(state.value for state in UNCOUNTED)
    parts = [cubes.c.tenant_id == quota.tenant_id, cubes.c.state.not_in(gone)]
    if quota.user_id is not None:
        parts.append(cubes.c.user_id == quota.user_id)
    if quota.agent_id is not None:
        parts.append(cubes.c.agent_id == quota.agent_id)
    if quota.meter is Meter.CUBES:
        query = select(func.count()).select_from(cubes).where(*parts)
    else:
        of = and_(versions.c.tenant_id == cubes.c.tenant_id, versions.c.cube_id == cubes.c.cube_id)
        parts.append(cubes.c.kind == _KINDS[quota.meter].value)
        query = select(SIZE).select_from(cubes.join(versions, of)).where(*parts)
    return int(lane.connection.execute(query).scalar() or 0)


def _key(quota: Quota) -> ColumnElement[bool]:
    return and_(
        quotas.c.tenant_id == quota.tenant_id,
        quotas.c.holder == quota.holder,
        quotas.c.meter == quota.meter.value,
    )


def _row(quota: Quota) -> dict[str, Any]:
    return {
        "tenant_id": quota.tenant_id,
        "holder": quota.holder,
        "meter": quota.meter.value,
        "most": quota.limit,
        "used": quota.used,
        "since": to_micros(quota.since),
        "set_by": quota.set_by,
        "set_at": to_micros(quota.set_at),
    }
