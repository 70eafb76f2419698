"""What the tables hold of a person besides memories: quotas, snapshots, branches, reasons."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import and_, delete, exists, or_, select, update
from sqlalchemy.sql.elements import ColumnElement

from memory_os.clock import from_micros
from memory_os.domain.erasure import Erasure, Named, Person
from memory_os.domain.journal import Note, seal_of
from memory_os.domain.quotas import holder_of
from memory_os.domain.writing import Keep
from memory_os_stores.sql.branch_tables import branches
from memory_os_stores.sql.database import Lane
from memory_os_stores.sql.oversight_tables import quotas
from memory_os_stores.sql.tables import cubes, journal, snapshots

Clause = ColumnElement[bool]
_USERS = holder_of("", None)


def counted(lane: Lane, op: Keep) -> Erasure:
    """Remove what is there of the person that an erasure is about; return it with the counts."""
    if op.person is None:
        return op.erasure
    counts = Counter(op.erasure.counts) + _unnamed(lane, op.erasure.tenant_id, op.person)
    return replace(op.erasure, counts=dict(sorted(counts.items())))


def _unnamed(lane: Lane, tenant_id: str, person: Person) -> Counter[str]:
    counts: Counter[str] = Counter()
    held = and_(quotas.c.tenant_id == tenant_id, quotas.c.holder == holder_of(person.user_id, None))
    taken = and_(snapshots.c.tenant_id == tenant_id, snapshots.c.user_id == person.user_id)
    for table, where in ((quotas, held), (snapshots, taken)):
        counts[table.name] = lane.connection.execute(delete(table).where(where)).rowcount
    counts["journal_reasons"] = silence(lane, _about(tenant_id, person.marks))
    return counts


def silence(lane: Lane, where: Clause) -> int:
    """Take the reasons out of these journal entries; the chain keeps the hash of each."""
    said = select(journal.c.tenant_id, journal.c.seq, journal.c.reason, journal.c.salt)
    rows = lane.connection.execute(said.where(where)).all()
    for tenant_id, seq, reason, salt in rows:
        sealed = seal_of(Note("", "", (), reason, salt=salt))
        here = and_(journal.c.tenant_id == tenant_id, journal.c.seq == seq)
        values = {"reason": "", "salt": "", "sealed": sealed}
        lane.connection.execute(update(journal).where(here).values(values))
    return len(rows)


def forget_branches(lane: Lane, erasure: Erasure) -> int:
    """Forget the branches that an erasure is to end and on which nothing lies any more."""
    lies = exists().where(
        cubes.c.tenant_id == branches.c.tenant_id, cubes.c.branch == branches.c.branch
    )
    query = delete(branches).where(
        branches.c.tenant_id == erasure.tenant_id, branches.c.branch.in_(erasure.branches), ~lies
    )
    return lane.connection.execute(query).rowcount


def named(lane: Lane, tenant_id: str) -> list[Named]:
    """Return the rows that have a user's id; see the port."""
    found = []
    for table, since in ((snapshots, snapshots.c.at), (branches, branches.c.created_at)):
        query = select(table.c.user_id, since).where(table.c.tenant_id == tenant_id)
        rows = lane.connection.execute(query.where(table.c.user_id.is_not(None)))
        found += [Named(table.name, user, from_micros(at)) for user, at in rows]
    held = select(quotas.c.holder, quotas.c.set_at).where(quotas.c.tenant_id == tenant_id)
    for holder, at in lane.connection.execute(held.where(quotas.c.holder.startswith(_USERS))):
        found.append(Named(quotas.name, holder.removeprefix(_USERS), from_micros(at)))
    return found


def said_of(lane: Lane, tenant_id: str, mark: str, upto: int) -> list[int]:
    """Return the entries about a person that still have a reason; see the port."""
    about = and_(_about(tenant_id, (mark,)), journal.c.seq <= upto)
    return list(lane.connection.execute(select(journal.c.seq).where(about)).scalars())


def _about(tenant_id: str, marks: Sequence[str]) -> Clause:
    targets = (journal.c.targets.contains(f'"{mark}"', autoescape=True) for mark in marks)
    return and_(journal.c.tenant_id == tenant_id, or_(*targets), journal.c.salt != "")
