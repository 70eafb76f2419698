"""The embedded default's index of one tenant, in numpy and FAISS."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby
from threading import RLock

import numpy as np

from memory_os.clock import to_micros
from memory_os.domain.access import AccessFilter
from memory_os.domain.query import Visibility
from memory_os.ports.recall_index import Change, Chunk, Close, Floats, Numbers, Purge, Restate
from memory_os_stores.faiss.dense import Dense
from memory_os_stores.faiss.rows import RowStore
from memory_os_stores.recall.batch import columns
from memory_os_stores.recall.conditions import conditions, mask
from memory_os_stores.recall.dictionaries import Dictionaries
from memory_os_stores.recall.directory import Directory
from memory_os_stores.recall.frame import Frame
from memory_os_stores.recall.gate import Gate
from memory_os_stores.recall.layout import STATE_CODES, Code
from memory_os_stores.recall.view import EmbeddedRecallView
from memory_os_stores.recall.visible import Visible
from memory_os_stores.sparse.forward import ForwardIndex
from memory_os_stores.sparse.matches import Postings
from memory_os_stores.sparse.segment import Segment

GONE = ("", 0, 0)
"""What ``locate`` tells of a chunk that was purged since it was found."""


class EmbeddedRecallIndex:
    """An index in memory. Many threads may read while one applies changes."""

    def __init__(self, dimensions: int) -> None:
        self._gate = Gate()
        self._writer = RLock()
        self._names = Dictionaries()
        self._directory = Directory.empty()
        self._forward = ForwardIndex()
        self._segment = Segment.empty()
        self._vectors = RowStore(dimensions)
        self._applied = 0
        self._frame = self._framed()

    @property
    def applied(self) -> int:
        """Return the sequence number up to which changes are in the index."""
        return self._applied

    @property
    def last_number(self) -> int:
        """Return the highest chunk number ever applied, -1 before the first."""
        return self._directory.highest

    def apply(self, changes: Iterable[Change], upto: int) -> None:
        """Take in changes in order; afterwards ``applied`` is ``upto``, atomically for readers."""
        with self._writer:
            listed = list(changes)
            with self._gate.writing:
                for chunks, run in groupby(listed, key=lambda item: isinstance(item, Chunk)):
                    if chunks:
                        self._add([item for item in run if isinstance(item, Chunk)])
                    else:
                        for change in run:
                            self._change(change)
                self._frame = self._framed()
                self._applied = upto
            self._settle()

    def view(
        self,
        access: AccessFilter,
        visibility: Visibility,
        now: datetime,
        *,
        terms: Sequence[str],
        vector: Floats,
        allow: Numbers | None = None,
    ) -> EmbeddedRecallView:
        """Fix what one query sees; ``allow`` restricts it further to these chunks."""
        with self._gate.reading:
            frame = self._frame
            wanted = conditions(access, visibility, now, self._names)
            seen = Visible(
                frame.rows, mask(wanted, frame.rows, self._directory.bounds, self._names)
            )
        if allow is not None:
            seen = seen.narrowed(frame.rows.slots(np.asarray(allow, np.int64)))
        return EmbeddedRecallView(frame, seen, terms, vector)

    def locate(self, numbers: Numbers) -> list[tuple[str, int, int]]:
        """Return (cube id, version, ordinal) of each chunk, ``GONE`` where it was purged."""
        rows, cubes = self._frame.rows, self._names.cubes.strings
        return [
            GONE
            if slot < 0
            else (
                cubes[rows.codes[Code.CUBE, slot]],
                int(rows.codes[Code.VERSION, slot]),
                int(rows.codes[Code.ORDINAL, slot]),
            )
            for slot in rows.living(np.asarray(numbers, np.int64)).tolist()
        ]

    def _add(self, chunks: list[Chunk]) -> None:
        fresh: list[Chunk] = []
        seen: set[int] = set()
        slots = self._directory.rows.living(np.array([chunk.number for chunk in chunks]))
        for chunk, slot in zip(chunks, slots.tolist(), strict=True):
            if slot >= 0 or chunk.number in seen:
                self._append(fresh)
                fresh = []
                self._replace(chunk)
            else:
                fresh.append(chunk)
                seen.add(chunk.number)
        self._append(fresh)

    def _append(self, chunks: list[Chunk]) -> None:
        if not chunks:
            return
        batch = columns(chunks, self._names)
        self._directory.append(batch)
        self._forward.append(batch.widths, batch.ids, batch.counts)
        self._vectors.append(batch.vectors)

    def _replace(self, chunk: Chunk) -> None:
        slot = self._directory.rows.living(np.array([chunk.number]))
        self._directory.replace(int(slot[0]), columns([chunk], self._names), 0)

    def _change(self, change: Change) -> None:
        cube = self._names.cubes.find(change.cube_id)
        match change:
            case Close():
                self._directory.close(cube, change.version, to_micros(change.at))
            case Restate():
                self._directory.restate(cube, STATE_CODES[change.state])
            case Purge():
                self._directory.kill(cube)
            case Chunk():
                self._add([change])

    def _settle(self) -> None:
        """Take the newest chunks into the postings when enough have come."""
        forward = self._forward.now
        if self._segment.due(forward.size):
            self._segment = self._segment.extended(forward, len(self._names.terms))
            self._frame = self._framed()

    def _framed(self) -> Frame:
        return Frame(
            self._directory.rows,
            Postings(self._forward.now, self._segment, len(self._names.terms)),
            Dense(self._vectors.now),
            self._names,
        )
