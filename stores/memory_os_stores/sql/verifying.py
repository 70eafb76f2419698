"""The rows' own invariants, checked."""

from collections.abc import Iterator

from memory_os.domain.journal import GENESIS, first_break
from memory_os_stores.sql.database import Database, Lane
from memory_os_stores.sql.following import Follower

_JOURNAL_PAGE = 5_000

CHECKS = {
    "memory {!r} has no head version": """
        SELECT c.cube_id FROM cubes c LEFT JOIN versions v
        ON v.tenant_id = c.tenant_id AND v.cube_id = c.cube_id AND v.version = c.version
        WHERE v.version IS NULL""",
    "memory {!r} has another number of open versions than one": """
        SELECT cube_id FROM versions GROUP BY tenant_id, cube_id
        HAVING sum(superseded_at IS NULL) <> 1""",
    "memory {!r} has an open version that is not its head": """
        SELECT c.cube_id FROM cubes c JOIN versions v
        ON v.tenant_id = c.tenant_id AND v.cube_id = c.cube_id
        WHERE v.superseded_at IS NULL AND v.version <> c.version""",
    "memory {!r} lacks a version": """
        SELECT v.cube_id FROM versions v JOIN cubes c
        ON c.tenant_id = v.tenant_id AND c.cube_id = v.cube_id GROUP BY v.tenant_id, v.cube_id
        HAVING max(v.version) - min(v.version) + 1 <> count(*)
        OR (min(v.version) <> 1 AND max(c.branch) = 'main')""",
    "memory {!r} has versions but no row of its own": """
        SELECT DISTINCT v.cube_id FROM versions v LEFT JOIN cubes c
        ON c.tenant_id = v.tenant_id AND c.cube_id = v.cube_id WHERE c.cube_id IS NULL""",
    "memory {!r} has a passage of a version that is not there": """
        SELECT DISTINCT p.cube_id FROM chunks p LEFT JOIN versions v
        ON v.tenant_id = p.tenant_id AND v.cube_id = p.cube_id AND v.version = p.version
        WHERE v.version IS NULL""",
    "memory {!r} has an open passage of a version that is not its head, or of a hidden state": """
        SELECT DISTINCT p.cube_id FROM chunks p JOIN cubes c
        ON c.tenant_id = p.tenant_id AND c.cube_id = p.cube_id
        WHERE p.live_to IS NULL AND (p.version <> c.version
        OR c.recall_state NOT IN ('generated', 'activated', 'archived'))""",
    "memory {!r} stands in an indexed state, has passages, and none is open": """
        SELECT c.cube_id FROM cubes c WHERE c.recall_state IN
        ('generated', 'activated', 'archived') AND EXISTS (SELECT 1 FROM chunks p WHERE
        p.tenant_id = c.tenant_id AND p.cube_id = c.cube_id AND p.version = c.version)
        AND NOT EXISTS (SELECT 1 FROM chunks p WHERE p.tenant_id = c.tenant_id
        AND p.cube_id = c.cube_id AND p.version = c.version AND p.live_to IS NULL)""",
    "memory {!r} has a passage that no index was told of": """
        SELECT DISTINCT p.cube_id FROM chunks p LEFT JOIN (SELECT DISTINCT tenant_id, cube_id,
        version, at FROM outbox WHERE kind = 'index') o ON o.tenant_id = p.tenant_id
        AND o.cube_id = p.cube_id AND o.version = p.version AND o.at = p.live_from
        WHERE o.cube_id IS NULL AND (p.live_to IS NULL OR p.live_to <> p.live_from)""",
    "tenant {!r} has a journal that does not end where its head says": """
        SELECT t.tenant_id FROM tenants t WHERE t.seq <> (SELECT coalesce(max(j.seq), 0)
        FROM journal j WHERE j.tenant_id = t.tenant_id) OR t.hash <> (SELECT j.hash
        FROM journal j WHERE j.tenant_id = t.tenant_id AND j.seq = t.seq)""",
    "tenant {!r} has journal entries without index work, or the reverse": """
        SELECT j.tenant_id FROM journal j LEFT JOIN outbox o
        ON o.tenant_id = j.tenant_id AND o.seq = j.seq WHERE o.seq IS NULL
        UNION SELECT o.tenant_id FROM outbox o LEFT JOIN journal j
        ON j.tenant_id = o.tenant_id AND j.seq = o.seq WHERE j.seq IS NULL""",
    "tenant {!r} gave out a chunk number beyond its head": """
        SELECT p.tenant_id FROM chunks p JOIN tenants t ON t.tenant_id = p.tenant_id
        GROUP BY p.tenant_id HAVING max(p.number) >= max(t.next_chunk)""",
    "memory {!r} belongs to a tenant without a head": """
        SELECT c.cube_id FROM cubes c LEFT JOIN tenants t ON t.tenant_id = c.tenant_id
        WHERE t.tenant_id IS NULL""",
}
"""What is wrong, and the query that finds those of whom it is true."""


def verify(database: Database, follower: Follower) -> list[str]:
    """Return what is wrong, in words; nothing is good."""
    with database.snapshot() as lane:
        found = [*_engine(lane), *_rows(lane)]
        tenants = [row[0] for row in lane.rows("SELECT tenant_id FROM tenants")]
    return found + [wrong for tenant in tenants for wrong in _chain(follower, tenant)]


def _engine(lane: Lane) -> Iterator[str]:
    for (answer,) in lane.rows("PRAGMA integrity_check"):
        if answer != "ok":
            yield f"the engine's integrity check says: {answer}"
    for table, *_ in lane.rows("PRAGMA foreign_key_check"):
        yield f"a row of {table!r} refers to one that is not there"


def _rows(lane: Lane) -> Iterator[str]:
    for words, query in CHECKS.items():
        for row in lane.rows(query):
            yield words.format(row[0])


def _chain(follower: Follower, tenant_id: str) -> Iterator[str]:
    after, prev = 0, GENESIS
    while entries := follower.journal(tenant_id, after, _JOURNAL_PAGE):
        broken = first_break(entries, prev, after)
        if broken is not None:
            yield f"tenant {tenant_id!r} has a journal that is broken at entry {broken}"
            return
        after, prev = entries[-1].seq, entries[-1].hash
