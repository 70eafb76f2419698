"""Policy sets in SQL: the port ``PolicyStore``, and the write that stores one."""

from dataclasses import replace

from pydantic_core import from_json, to_json
from sqlalchemy import RowMapping, func, select

from memory_os.clock import from_micros, to_micros
from memory_os.domain.policies import KeptPolicies
from memory_os.domain.writing import KeepPolicies
from memory_os.errors import VersionConflict
from memory_os.ports.cube_store import ChangeKind
from memory_os_stores.sql.compiled import dialect_named, key, sql_text
from memory_os_stores.sql.database import Database, Lane
from memory_os_stores.sql.ledger import Ledger
from memory_os_stores.sql.tables import policy_agents, policy_sets


def keep_policies(lane: Lane, ledger: Ledger, op: KeepPolicies) -> None:
    """Store a version of a set and for whom it is, and journal it."""
    tenant, change, insert, kept = ledger.tenant_id, ledger.change, ledger.insert, op.kept
    found = lane.rows(change.policy_version, (tenant, kept.name))
    version = int(found[0][0] or 0)
    if version + 1 != kept.version:
        raise VersionConflict(
            f"policy set {kept.name!r} is at version {version}, not {kept.version - 1}; "
            "read it again",
            version=version,
        )
    texts = (to_json(kept.settings).decode(), to_json(kept.agents).decode())
    stamp = (to_micros(ledger.at), kept.by, kept.reason)
    lane.driver.execute(insert.policy, (tenant, kept.name, kept.version, *texts, *stamp))
    lane.driver.execute(change.drop_policy_agents, (tenant, kept.name))
    for agent in kept.agents:
        lane.driver.execute(change.drop_policy_agent, (tenant, agent))
        lane.driver.execute(insert.policy_agent, (tenant, kept.name, agent))
    ledger.record(op.note, ChangeKind.NONE, "", 0, to_micros(ledger.at))


class SqlPolicyStore:
    """Read policy sets beside the cubes."""

    def __init__(self, database: Database) -> None:
        self._database = database
        count = select(func.count()).select_from(policy_sets)
        self._changes = sql_text(
            count.where(key(policy_sets.c.tenant_id)),
            dialect_named(database.dialect),
            "key_tenant_id",
        )

    def policy_changes(self, tenant_id: str) -> int:
        """Return how often a set was changed; see the port."""
        with self._database.reading() as lane:
            return int(lane.rows(self._changes, (tenant_id,))[0][0])

    def policies(self, tenant_id: str) -> list[KeptPolicies]:
        """Return the newest version of each set, by name; see the port."""
        every = policy_sets.alias("every")
        newest = (
            select(func.max(every.c.version))
            .where(every.c.tenant_id == policy_sets.c.tenant_id, every.c.name == policy_sets.c.name)
            .scalar_subquery()
        )
        query = (
            select(policy_sets)
            .where(policy_sets.c.tenant_id == tenant_id, policy_sets.c.version == newest)
            .order_by(policy_sets.c.name)
        )
        assigned = (
            select(policy_agents.c.name, policy_agents.c.agent_id)
            .where(policy_agents.c.tenant_id == tenant_id)
            .order_by(policy_agents.c.agent_id)
        )
        agents: dict[str, list[str]] = {}
        with self._database.snapshot() as lane:
            rows = lane.connection.execute(query).mappings().all()
            for name, agent in lane.connection.execute(assigned):
                agents.setdefault(name, []).append(agent)
        return [replace(_kept(row), agents=tuple(agents.get(row["name"], ()))) for row in rows]

    def policy_version(self, tenant_id: str, name: str, version: int) -> KeptPolicies | None:
        """Return one version of a set, with the agents it was set for; see the port."""
        query = select(policy_sets).where(
            policy_sets.c.tenant_id == tenant_id,
            policy_sets.c.name == name,
            policy_sets.c.version == version,
        )
        with self._database.reading() as lane:
            row = lane.connection.execute(query).mappings().first()
        return None if row is None else _kept(row)


def _kept(row: RowMapping) -> KeptPolicies:
    return KeptPolicies(
        tenant_id=row["tenant_id"],
        name=row["name"],
        version=row["version"],
        settings=from_json(row["settings"]),
        agents=tuple(from_json(row["agents"])),
        at=from_micros(row["at"]),
        by=row["created_by"],
        reason=row["reason"],
    )
