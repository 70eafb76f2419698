"""Keeping a tenant's derived index in step with its rows.

The journal's sequence number is the clock of this: an index that has applied ``n`` equals the
rows as they were after entry ``n``. Own writes are applied directly when nothing else came
between, a few of them together and always before the next reader looks; whatever other processes
wrote is read from the outbox; a missing index is rebuilt. Of many tenants' indexes those used last
stay open.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from itertools import count
from threading import Lock, RLock
from typing import Protocol

from memory_os.domain.vocabulary import Visibility
from memory_os.domain.writing import Written
from memory_os.kernel.collecting import paused
from memory_os.kernel.entries import owner, readers
from memory_os.kernel.parts import Parts
from memory_os.kernel.reindexed import Standing, chunks, lives, restated, stood
from memory_os.ports.cube_store import ChangeKind, OutboxEntry
from memory_os.ports.recall_index import Change, Close, Purge, Readers, RecallIndex, Restate


@dataclass(slots=True)
class _Follower:
    """One tenant's index and what has changed since a save.

    ``waiting`` holds committed changes up to ``upto`` that no reader has needed yet. ``used`` is
    higher the later it was asked for.
    """

    index: RecallIndex
    unsaved: int = 0
    waiting: list[Change] = field(default_factory=list)
    upto: int = 0
    used: int = 0
    lock: RLock = field(default_factory=RLock)


class LiveIndex(Protocol):
    """A tenant's index for who writes and who reads."""

    def current(self, tenant_id: str) -> RecallIndex:
        """Return the index with everything committed so far in it."""
        ...

    def committed(self, tenant_id: str, written: Written, changes: Iterable[Change]) -> None:
        """Take in a transaction's own changes."""
        ...


_AT_LAST = datetime(9999, 1, 1, tzinfo=UTC)
"""A time by which everything that is stored holds."""


class Indexing:
    """Bring indexes up to date, rebuild them, save them. Safe to call from many threads."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._followers: dict[str, _Follower] = {}
        self._lock = Lock()
        self._uses = count(1)

    def current(self, tenant_id: str) -> RecallIndex:
        """Return the tenant's index with everything committed so far in it."""
        head = self._parts.store.head(tenant_id)
        follower = self._follower(tenant_id)
        if follower.waiting or follower.index.applied != head:
            with self._held(tenant_id) as follower:
                self._flush(follower)
                if follower.index.applied != head:
                    self._catch_up(tenant_id, follower)
                self._save_when_due(tenant_id, follower)
        return follower.index

    def committed(self, tenant_id: str, written: Written, changes: Iterable[Change]) -> None:
        """Apply a transaction's own changes, or catch up where others wrote in between."""
        with self._held(tenant_id) as follower:
            reached = follower.upto if follower.waiting else follower.index.applied
            if reached != written.before:
                self._flush(follower)
                self._catch_up(tenant_id, follower)
            else:
                follower.waiting.extend(changes)
                follower.upto = written.upto
                if len(follower.waiting) >= self._parts.rules.index_together:
                    self._flush(follower)
            self._save_when_due(tenant_id, follower)

    def rebuild(self, tenant_id: str) -> None:
        """Forget the tenant's index and build it again from the rows."""
        with self._held(tenant_id) as follower:
            follower.waiting.clear()
            self._rebuild(tenant_id, follower)
            self._catch_up(tenant_id, follower)
            self._save(tenant_id, follower)

    def forget(self, tenant_id: str) -> None:
        """Let go of what was purged: out of the snapshot, then out of this process's memory."""
        with self._held(tenant_id) as follower:
            self._flush(follower)
            self._parts.indexes.clear(tenant_id)
            self._save(tenant_id, follower)
            with self._lock:
                del self._followers[tenant_id]
                self._parts.indexes.release(tenant_id)

    def save(self) -> None:
        """Write a snapshot of every index that changed since its last one."""
        for tenant_id, follower in list(self._followers.items()):
            with follower.lock:
                self._settle(tenant_id, follower)

    def opened(self) -> dict[str, int]:
        """Return the tenants whose index is open, with what each has applied."""
        return {tenant: item.index.applied for tenant, item in list(self._followers.items())}

    def _follower(self, tenant_id: str) -> _Follower:
        follower = self._followers.get(tenant_id)
        if follower is None:
            with self._lock:
                follower = self._followers.get(tenant_id)
                if follower is None:
                    index = self._parts.indexes.open(tenant_id, self._checkpoint(tenant_id))
                    follower = _Follower(index, used=next(self._uses))
                    self._followers[tenant_id] = follower
            self._release_idle(tenant_id)
        follower.used = next(self._uses)
        return follower

    @contextmanager
    def _held(self, tenant_id: str) -> Iterator[_Follower]:
        """Hold the lock of the tenant's follower; one that was released meanwhile is let go."""
        while True:
            follower = self._follower(tenant_id)
            with follower.lock:
                if self._followers.get(tenant_id) is follower:
                    yield follower
                    return

    def _release_idle(self, opened: str) -> None:
        """Release the indexes that were used longest ago, if too many are open; busy ones stay."""
        surplus = len(self._followers) - self._parts.rules.open_indexes
        if surplus <= 0:
            return
        idle = sorted(self._followers.items(), key=lambda item: item[1].used)
        for tenant_id, follower in [item for item in idle if item[0] != opened][:surplus]:
            if follower.lock.acquire(blocking=False):
                try:
                    self._settle(tenant_id, follower)
                    with self._lock:
                        if self._followers.get(tenant_id) is follower:
                            del self._followers[tenant_id]
                            self._parts.indexes.release(tenant_id)
                finally:
                    follower.lock.release()

    def _settle(self, tenant_id: str, follower: _Follower) -> None:
        """Apply what waits and save what changed, unless the follower was released already."""
        if self._followers.get(tenant_id) is follower:
            self._flush(follower)
            if follower.unsaved:
                self._save(tenant_id, follower)

    def _catch_up(self, tenant_id: str, follower: _Follower) -> None:
        store, page = self._parts.store, self._parts.rules.outbox_page
        head = store.head(tenant_id)
        if follower.index.applied > head or (follower.index.applied == 0 and head > page):
            self._rebuild(tenant_id, follower)
        while True:
            entries = store.outbox(tenant_id, follower.index.applied, page)
            changes = list(self._changes(tenant_id, entries, follower.index.last_number))
            upto = entries[-1].seq if len(entries) == page else max(head, _last(entries))
            self._apply(follower, changes, upto)
            if len(entries) < page:
                return

    def _changes(self, tenant_id: str, entries: list[OutboxEntry], known: int) -> Iterator[Change]:
        standings = self._standings(tenant_id, entries)
        keys = [
            (e.cube_id, e.version)
            for e in entries
            if e.kind is ChangeKind.INDEX
            or (e.kind is ChangeKind.RESTATE and (e.cube_id, e.at) not in standings)
        ]
        rows = {
            (row.cube.id, row.cube.version.number): row
            for row in self._parts.store.index_rows(tenant_id, list(dict.fromkeys(keys)))
        }
        reading = self._readers(tenant_id, entries)
        for item in entries:
            row, place = rows.get((item.cube_id, item.version)), (item.cube_id, item.at)
            if item.kind is ChangeKind.CLOSE:
                yield Close(item.cube_id, 0, item.at)
                if item.cube_id in reading:
                    yield reading[item.cube_id]
            elif item.kind is ChangeKind.PURGE:
                yield Purge(item.cube_id)
            elif item.kind is ChangeKind.RESTATE and place in standings:
                state, expires_at = standings[place]
                yield Restate(item.cube_id, state, item.at, expires_at)
                yield reading[item.cube_id]
            elif row is not None and item.kind is ChangeKind.RESTATE:
                yield restated(row, item.at)
                yield reading[item.cube_id]
            elif row is not None:
                fresh = [p for p in row.passages if p.number > known and p.live_from == item.at]
                yield from chunks(replace(row, passages=tuple(fresh)))
                if item.version > 1 or len(fresh) < len(row.passages):
                    yield readers(row.cube.id, row.cube.governance, owner(row.cube))

    def _readers(self, tenant_id: str, entries: list[OutboxEntry]) -> dict[str, Readers]:
        """Return who may read moved cubes now, without reading their texts unless private."""
        kinds = (ChangeKind.CLOSE, ChangeKind.RESTATE)
        moved = {item.cube_id: item.version for item in entries if item.kind in kinds}
        if not moved:
            return {}
        store = self._parts.store
        governed = store.standing(tenant_id, list(moved), _AT_LAST)
        private = [
            (cube_id, moved[cube_id])
            for cube_id, governance in governed.items()
            if governance.visibility is Visibility.PRIVATE
        ]
        rows = store.index_rows(tenant_id, private) if private else []
        owners = {row.cube.id: owner(row.cube) for row in rows}
        return {
            cube_id: readers(cube_id, governance, owners.get(cube_id))
            for cube_id, governance in governed.items()
        }

    def _standings(
        self, tenant_id: str, entries: list[OutboxEntry]
    ) -> dict[tuple[str, datetime], Standing]:
        """Return what moved cubes stood in after each move, without reading their texts."""
        moved: dict[datetime, list[str]] = {}
        for item in entries:
            if item.kind is ChangeKind.RESTATE:
                moved.setdefault(item.at, []).append(item.cube_id)
        return {
            (cube_id, at): stood(governance)
            for at, ids in moved.items()
            for cube_id, governance in self._parts.store.standing(tenant_id, ids, at).items()
        }

    def _rebuild(self, tenant_id: str, follower: _Follower) -> None:
        parts = self._parts
        parts.indexes.drop(tenant_id)
        head = parts.store.head(tenant_id)
        index = parts.indexes.open(tenant_id, self._checkpoint(tenant_id))
        fresh = _Follower(index)
        with paused():
            for rows in parts.store.scan_index(tenant_id):
                self._apply(fresh, [change for row in rows for change in lives(row)], 0)
                parts.progress(f"indexing {tenant_id}", index.last_number + 1, 0)
            if index.last_number >= 0:
                done = index.last_number + 1
                parts.progress(f"indexing {tenant_id}", done, done)
        index.apply((), head)
        follower.index = index
        follower.unsaved = max(fresh.unsaved, 1)

    def _apply(self, follower: _Follower, changes: list[Change], upto: int) -> None:
        follower.index.apply(changes, upto)
        follower.unsaved += max(1, len(changes))

    def _save_when_due(self, tenant_id: str, follower: _Follower) -> None:
        if follower.unsaved >= self._parts.rules.snapshot_every:
            self._save(tenant_id, follower)

    def _flush(self, follower: _Follower) -> None:
        if follower.waiting:
            waiting, follower.waiting = follower.waiting, []
            self._apply(follower, waiting, follower.upto)

    def _save(self, tenant_id: str, follower: _Follower) -> None:
        """Write a snapshot; what is purged by others meanwhile must not be in it."""
        while True:
            self._catch_up(tenant_id, follower)
            self._parts.indexes.save(tenant_id, self._checkpoint(tenant_id))
            follower.unsaved = 0
            page = self._parts.rules.outbox_page
            since = self._parts.store.outbox(tenant_id, follower.index.applied, page)
            if not any(item.kind is ChangeKind.PURGE for item in since):
                return

    def _checkpoint(self, tenant_id: str) -> Callable[[int], str | None]:
        return partial(self._parts.store.checkpoint, tenant_id)


def _last(entries: list[OutboxEntry]) -> int:
    return entries[-1].seq if entries else 0
