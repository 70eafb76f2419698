"""One ``Write`` as one transaction."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from memory_os.clock import to_micros
from memory_os.domain.cube import MAIN
from memory_os.domain.journal import Note
from memory_os.domain.lifecycle import State
from memory_os.domain.payload import Message
from memory_os.domain.writing import (
    Create,
    Discard,
    DropBranch,
    Enqueue,
    Govern,
    Held,
    Keep,
    KeepPolicies,
    Permit,
    Record,
    Replay,
    Revise,
    Use,
    Withdraw,
    Write,
    Written,
)
from memory_os.errors import (
    AlreadyExists,
    IdempotencyConflict,
    InvalidInput,
    NotFound,
    VersionConflict,
)
from memory_os.ports.cube_store import REPLAY_KEPT, ChangeKind
from memory_os_stores.sql.codec import (
    Row,
    cube_row,
    fading,
    governance_columns,
    governance_text,
    usage_of,
    usage_text,
    version_row,
)
from memory_os_stores.sql.database import Database, Lane
from memory_os_stores.sql.descent import must_be_unburied, must_descend
from memory_os_stores.sql.erasure_rows import keep_erasure
from memory_os_stores.sql.grants import end_grant, keep_grant
from memory_os_stores.sql.job_rows import job_row, must_hold, new_job
from memory_os_stores.sql.ledger import Ledger
from memory_os_stores.sql.persons import counted
from memory_os_stores.sql.policies import keep_policies
from memory_os_stores.sql.tally import Tally
from memory_os_stores.sql.tensors import keep_tensors
from memory_os_stores.sql.writes import Changes, changes, inserts

INDEXED = frozenset({State.GENERATED.value, State.ACTIVATED.value, State.ARCHIVED.value})
"""The states whose cubes are in the indexes; archived ones are recalled on request."""

Changing = Revise | Govern | Record | Permit | Withdraw | KeepPolicies | Discard | DropBranch | Use
"""What has to see the cubes of the same write."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a cube's head stands before a change."""

    version: int
    state: str
    recall_state: str
    state_at: int
    due_at: int | None
    governance: str


class Writer:
    """Do writes on a database.

    ``unsigned`` are the tenants whose journals grew through it since a head was last kept.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._insert = inserts(database.dialect)
        self._change = changes(database.dialect)
        self.unsigned: set[str] = set()

    def write(self, write: Write) -> Written:
        """Do one transaction; see the port."""
        rows = [_rows(op, write.at) for op in write.ops]
        with self._database.writing() as lane:
            for op in write.ops:
                if isinstance(op, Held):
                    must_hold(lane, self._database.dialect, op.hold)
            done = self._transaction(lane, write).run(rows)
            for op, encoded in zip(write.ops, rows, strict=True):
                if isinstance(op, Enqueue):
                    lane.driver.execute(new_job(self._database.dialect), encoded[0])
                elif isinstance(op, Keep):
                    keep_erasure(lane, counted(lane, op))
            keep_tensors(lane, write)
        if done.upto > done.before:
            self.unsigned.add(write.tenant_id)
        return done

    def erased(
        self, lane: Lane, tenant_id: str, at: datetime, entries: Sequence[tuple[Note, ChangeKind]]
    ) -> Ledger:
        """Journal what is erased in the transaction that ``lane`` is in, by the first target.

        Rows of it that are still there are counted out of the quotas.
        """
        done = self._transaction(lane, Write(tenant_id, at, ()))
        for note, kind in entries:
            about = note.targets[0] if kind is ChangeKind.PURGE else ""
            for (state,) in self._states(lane, tenant_id, about):
                done.tally.governed(done.dialect, about, state, State.ERASED.value)
            done.ledger.record(note, kind, about, 0, to_micros(at))
        done.ledger.flush()
        done.tally.settle(done.dialect, settling=True)
        done.move()
        self.unsigned.add(tenant_id)
        return done.ledger

    def _states(self, lane: Lane, tenant_id: str, cube_id: str) -> list[tuple[str]]:
        return [(row[1],) for row in lane.rows(self._change.standing, (tenant_id, cube_id))]

    def note(self, lane: Lane, tenant_id: str, at: datetime, note: Note) -> None:
        """Journal ``note`` in the transaction that ``lane`` is in."""
        write = Write(tenant_id, at, (Record(note),))
        self._transaction(lane, write).run([()])
        self.unsigned.add(tenant_id)

    def _transaction(self, lane: Lane, write: Write) -> "_Transaction":
        dialect = self._database.dialect
        tally = Tally.opened(lane, dialect, write.tenant_id, write.at)
        return _Transaction(lane, write, self._change, self._ledger(lane, write), tally, dialect)

    def _ledger(self, lane: Lane, write: Write) -> Ledger:
        ledger = Ledger(lane, write.tenant_id, write.at, self._insert, self._change)
        found = lane.rows(self._change.tenant, (write.tenant_id,))
        if found:
            ledger.seq, ledger.next_chunk, digest = found[0]
            ledger.hash, ledger.known = digest.hex(), True
        return ledger


@dataclass(frozen=True, slots=True)
class _Transaction:
    lane: Lane
    write: Write
    change: Changes
    ledger: Ledger
    tally: Tally
    dialect: str

    def run(self, rows: list[tuple[Row, ...]]) -> Written:
        ledger = self.ledger
        before, first_chunk = ledger.seq, ledger.next_chunk
        if self.write.replay is not None:
            self._keep(self.write.replay)
        if self.write.planned_at is None:
            must_be_unburied(self.lane, self.change.standing, self.write.ops)
        elif self.write.planned_at != before:
            self._still_so(self.write.planned_at)
        for op, encoded in zip(self.write.ops, rows, strict=True):
            if isinstance(op, Create):
                self._create(op, encoded)
            elif not isinstance(op, Enqueue | Held | Keep):
                ledger.settle()
                self._change(op, encoded)
        ledger.flush()
        erases = any(isinstance(op, Keep) for op in self.write.ops)
        self.tally.settle(self.dialect, settling=erases)
        if ledger.seq > before:
            self.move()
        return Written(before, ledger.seq, first_chunk)

    def _change(self, op: Changing, encoded: tuple[Row, ...]) -> None:
        match op:
            case Revise():
                self._revise(op, encoded)
            case Govern():
                self._govern(op)
            case Record():
                self.ledger.record(op.note, ChangeKind.NONE, "", 0, to_micros(self.write.at))
            case Permit():
                keep_grant(self.lane, self.ledger, op)
            case Withdraw():
                end_grant(self.lane, self.ledger, op)
            case KeepPolicies():
                keep_policies(self.lane, self.ledger, op)
            case Discard():
                self._discard(op)
            case DropBranch():
                self._drop_branch(op)
            case Use():
                self._use(op)

    def move(self) -> None:
        """Store where the tenant stands now."""
        ledger, driver = self.ledger, self.lane.driver
        place = (ledger.seq, ledger.next_chunk, bytes.fromhex(ledger.hash))
        if ledger.known:
            driver.execute(self.change.move_tenant, (*place, ledger.tenant_id))
        else:
            driver.execute(ledger.insert.tenant, (ledger.tenant_id, *place))

    def _still_so(self, planned_at: int) -> None:
        """Refuse if others changed what the new cubes were planned on."""
        new = [op.cube for op in self.write.ops if isinstance(op, Create)]
        must_descend(self.lane, self.change.standing, new, known=True)
        talks = {cube.scope.key() for cube in new if isinstance(cube.payload, Message)}
        texts = {(cube.scope.key(), cube.version.content_hash) for cube in new}
        place = (self.ledger.tenant_id, planned_at)
        for scope, turn, content_hash in self.lane.rows(self.change.meanwhile, place):
            if (turn and scope in talks) or (scope, content_hash) in texts:
                raise VersionConflict(
                    "another write has changed what this one was planned on; plan it again"
                )

    def _create(self, op: Create, encoded: tuple[Row, ...]) -> None:
        cube, ledger = op.cube, self.ledger
        branch = cube.version.branch
        if branch != MAIN and not self.lane.rows(self.change.branch, (cube.tenant_id, branch)):
            raise _no_branch()
        self.tally.created(cube, encoded[1])
        live = encoded[0][13] in INDEXED
        ledger.add_cube(encoded[0])
        ledger.add_version(encoded[1])
        ledger.add_parents(cube)
        ledger.add_passages(cube, op.passages, live=live)
        kind = ChangeKind.INDEX if live else ChangeKind.CLOSE
        at = to_micros(cube.version.recorded_at)
        ledger.record(op.note, kind, cube.id, cube.version.number, at)

    def _revise(self, op: Revise, encoded: tuple[Row, ...]) -> None:
        cube, ledger, driver = op.cube, self.ledger, self.lane.driver
        standing = self._standing(cube.id, op.expected_version)
        if standing.state != cube.governance.state.value:
            raise VersionConflict(
                f"memory {cube.id!r} has become {standing.state!r} since it was read; "
                "read it again",
                version=standing.version,
            )
        number = cube.version.number
        if number != standing.version + 1:
            raise InvalidInput(f"version {number} cannot follow version {standing.version}")
        self.tally.revised(cube, encoded[0])
        at = to_micros(cube.version.recorded_at)
        last = (ledger.tenant_id, cube.id, standing.version)
        turn = cube.payload.turn if isinstance(cube.payload, Message) else None
        driver.execute(self.change.supersede, (at, *last))
        driver.execute(self.change.close, (at, *last))
        driver.execute(self.change.advance, (number, turn, *last[:2]))
        live = standing.recall_state in INDEXED
        ledger.add_version(encoded[0])
        ledger.add_parents(cube)
        ledger.add_passages(cube, op.passages, live=live)
        kind = ChangeKind.INDEX if live else ChangeKind.CLOSE
        ledger.record(op.note, kind, cube.id, number, at)

    def _govern(self, op: Govern) -> None:
        ledger, at = self.ledger, to_micros(self.write.at)
        standing = self._standing(op.cube_id, op.expected_version)
        if op.seen is not None and governance_text(op.seen) != standing.governance:
            raise VersionConflict(
                f"memory {op.cube_id!r} is governed otherwise since it was read; read it again",
                version=standing.version,
            )
        state, recall_state, _, *rest = governance_columns(op.governance, at)
        self.tally.governed(self.dialect, op.cube_id, standing.state, state)
        if at > standing.state_at:
            ledger.add_state(
                (
                    op.cube_id,
                    standing.state,
                    standing.recall_state,
                    standing.state_at,
                    at,
                    standing.due_at,
                    standing.governance,
                )
            )
        since = max(at, standing.state_at)
        cube = (ledger.tenant_id, op.cube_id)
        try:
            self.lane.driver.execute(self.change.govern, (state, recall_state, since, *rest, *cube))
        except sqlite3.IntegrityError as error:
            raise AlreadyExists(
                f"the external id of memory {op.cube_id!r} was taken by another memory of its "
                "scope while this one was deleted; delete that one first",
                id=op.cube_id,
            ) from error
        kind = self._reindex(op.cube_id, standing, state, recall_state)
        ledger.record(op.note, kind, op.cube_id, standing.version, at)

    def _reindex(
        self, cube_id: str, standing: Standing, state: str, recall_state: str
    ) -> ChangeKind:
        """Close or reopen the head's chunks; say what the indexes have to do."""
        was, will = standing.recall_state in INDEXED, recall_state in INDEXED
        at = to_micros(self.write.at)
        head = (self.ledger.tenant_id, cube_id, standing.version)
        if was and will:
            return ChangeKind.RESTATE
        if will:
            last = {row[0]: row for row in self.lane.rows(self.change.opening, head)}
            for passage in last.values():
                self.ledger.add_chunk(head[1:], passage, (at, None))
            return ChangeKind.INDEX
        self.lane.driver.execute(self.change.close, (at, *head))
        return ChangeKind.PURGE if state == State.ERASED.value else ChangeKind.CLOSE

    def _discard(self, op: Discard) -> None:
        ledger, cube = self.ledger, (self.ledger.tenant_id, op.cube_id)
        found = self.lane.rows(self.change.branched, cube)
        if not found:
            raise _missing(op.cube_id)
        number, state = found[0]
        self.tally.governed(self.dialect, op.cube_id, state, State.ERASED.value)
        change = self.change
        for text in (
            change.drop_chunks,
            change.drop_states,
            change.drop_versions,
            change.drop_cube,
        ):
            self.lane.driver.execute(text, cube)
        at = to_micros(self.write.at)
        ledger.record(op.note, ChangeKind.PURGE, op.cube_id, number, at)

    def _drop_branch(self, op: DropBranch) -> None:
        ledger, branch = self.ledger, (self.ledger.tenant_id, op.branch_id)
        if self.lane.rows(self.change.kept, branch):
            raise VersionConflict("the branch was written to meanwhile; delete it again")
        if self.lane.driver.execute(self.change.drop_branch, branch).rowcount == 0:
            raise _no_branch()
        ledger.record(op.note, ChangeKind.NONE, "", 0, to_micros(self.write.at))

    def _use(self, op: Use) -> None:
        cube = (self.ledger.tenant_id, op.cube_id)
        if op.seen is not None:
            found = self.lane.rows(self.change.usage, cube)
            if found and usage_of(found[0][0]) != op.seen:
                raise VersionConflict(
                    f"memory {op.cube_id!r} was used since its counters were read; read them again"
                )
        place = (usage_text(op.usage), *fading(op.usage), *cube)
        if self.lane.driver.execute(self.change.use, place).rowcount == 0:
            raise _missing(op.cube_id)

    def _standing(self, cube_id: str, expected: int) -> Standing:
        found = self.lane.rows(self.change.standing, (self.ledger.tenant_id, cube_id))
        if not found:
            raise _missing(cube_id)
        standing = Standing(*found[0])
        if standing.version != expected:
            raise VersionConflict(
                f"memory {cube_id!r} is at version {standing.version}, not {expected}; "
                "read it again",
                version=standing.version,
            )
        return standing

    def _keep(self, replay: Replay) -> None:
        tenant, driver = self.ledger.tenant_id, self.lane.driver
        oldest = to_micros(self.write.at - REPLAY_KEPT)
        driver.execute(self.change.drop_replays, (tenant, oldest))
        if self.lane.rows(self.change.replay, (tenant, replay.key)):
            raise IdempotencyConflict(
                f"idempotency key {replay.key!r} was used by another request meanwhile",
                key=replay.key,
            )
        at = to_micros(replay.at)
        row = (tenant, replay.key, replay.request_hash, replay.answer, at)
        driver.execute(self.ledger.insert.replay, row)


def _rows(op: object, at: datetime) -> tuple[Row, ...]:
    if isinstance(op, Create):
        return cube_row(op.cube, at), version_row(op.cube)
    if isinstance(op, Enqueue):
        return (job_row(op.job),)
    return (version_row(op.cube),) if isinstance(op, Revise) else ()


def _missing(cube_id: str) -> NotFound:
    return NotFound(f"no memory {cube_id!r}", id=cube_id)


def _no_branch() -> NotFound:
    return NotFound("the branch is no longer there; list those there are")
