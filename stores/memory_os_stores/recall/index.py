"""The embedded default's index of one tenant, in numpy and FAISS."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from threading import RLock

import numpy as np

from memory_os.domain.access import AccessFilter
from memory_os.domain.query import Visibility
from memory_os.ports.recall_index import Change, Floats, Numbers, Under
from memory_os_stores.gate import Gate
from memory_os_stores.recall.asked import asked
from memory_os_stores.recall.conditions import conditions, mask
from memory_os_stores.recall.contents import Contents
from memory_os_stores.recall.frame import Frame
from memory_os_stores.recall.layout import Code
from memory_os_stores.recall.overlaid import overlaid
from memory_os_stores.recall.packing import Packed, empty, pack, unpack
from memory_os_stores.recall.sizes import DEFAULT_SIZES, Sizes
from memory_os_stores.recall.view import EmbeddedRecallView
from memory_os_stores.recall.visible import Visible

GONE = ("", 0, 0)
"""What ``locate`` tells of a chunk that was purged since it was found."""


class EmbeddedRecallIndex:
    """An index in memory. Many threads may read while one applies changes.

    Readers hold a frame, which nothing that comes later changes but for the ends and states of
    chunks; what a view sees is fixed under the gate, so it meets whole transactions only.
    """

    def __init__(self, dimensions: int, sizes: Sizes = DEFAULT_SIZES) -> None:
        self._gate = Gate()
        self._writer = RLock()
        self._dimensions = dimensions
        self._sizes = sizes
        self._begin(empty(dimensions, self._gate, sizes), 0)

    @classmethod
    def restored(
        cls, packed: Packed, dimensions: int, applied: int, sizes: Sizes = DEFAULT_SIZES
    ) -> "EmbeddedRecallIndex":
        """Return the index that was packed after ``applied``."""
        index = cls(dimensions, sizes)
        index._begin(unpack(packed, dimensions, index._gate, sizes), applied)
        return index

    def packed(self) -> tuple[Packed, int]:
        """Return everything as arrays that no later change touches, and what was applied.

        What was purged is removed before: it does not get into a snapshot.
        """
        with self._writer:
            self._settle(dead=0)
            return pack(self._contents), self._applied

    @property
    def applied(self) -> int:
        """Return the sequence number up to which changes are in the index."""
        return self._applied

    @property
    def last_number(self) -> int:
        """Return the highest chunk number ever applied, -1 before the first."""
        return self._contents.directory.highest

    def apply(self, changes: Iterable[Change], upto: int) -> None:
        """Take in changes in order; afterwards ``applied`` is ``upto``, atomically for readers.

        If that fails half-way the index is empty, with ``applied`` 0, and raises what went wrong:
        it can be rebuilt, and half of a transaction is nothing to answer from.
        """
        with self._writer:
            try:
                with self._gate.writing:
                    self._contents.take(changes)
                    self._frame = self._contents.framed()
                    self._applied = upto
                self._settle()
            except BaseException:
                with self._gate.writing:
                    self._begin(empty(self._dimensions, self._gate, self._sizes), 0)
                raise

    def view(
        self,
        access: AccessFilter,
        visibility: Visibility,
        now: datetime,
        *,
        terms: Sequence[str],
        vector: Floats,
        allow: Numbers | None = None,
        under: Under | None = None,
    ) -> EmbeddedRecallView:
        """Fix what one query sees; ``allow`` and ``under`` are as the port says."""
        with self._gate.reading:
            frame = self._frame
            if under is not None:
                frame, seen = overlaid(frame, access, visibility, now, under)
            else:
                frame, seen = self._seen(frame, access, visibility, now)
        if allow is not None:
            seen = seen.narrowed(frame.rows.slots(np.asarray(allow, np.int64)))
        return EmbeddedRecallView(frame, seen, asked(frame, terms, vector))

    def _seen(
        self, frame: Frame, access: AccessFilter, visibility: Visibility, now: datetime
    ) -> tuple[Frame, Visible]:
        """Return what a call sees, with the frame as it was when that was so."""
        wanted = conditions(access, visibility, now, frame.names)
        rows = frame.rows
        if visibility.as_of is not None:
            rows = rows.at(wanted.as_of)
        if rows is not frame.rows:
            seen = Visible(rows, mask(wanted, rows, frame.bounds, frame.names))
            return replace(frame, rows=rows), seen
        seen = frame.kept.visible(
            wanted,
            rows,
            frame.bounds,
            lambda some: mask(wanted, some, frame.bounds, frame.names),
        )
        return frame, seen

    def locate(self, numbers: Numbers) -> list[tuple[str, int, int]]:
        """Return (cube id, version, ordinal) of each chunk, ``GONE`` where it was purged."""
        frame = self._frame
        rows, cubes = frame.rows, frame.names.cubes
        return [
            GONE
            if slot < 0
            else (
                cubes.text(int(rows.codes[Code.CUBE, slot])),
                int(rows.codes[Code.VERSION, slot]),
                int(rows.codes[Code.ORDINAL, slot]),
            )
            for slot in rows.living(np.asarray(numbers, np.int64)).tolist()
        ]

    def holds(self, cube_id: str) -> bool:
        """Tell whether a chunk of this cube can be found."""
        with self._writer:
            return bool(self._contents.directory.of_cube(self._contents.names.cubes.find(cube_id)))

    def _begin(self, contents: Contents, applied: int) -> None:
        self._contents = contents
        self._frame = contents.framed()
        self._applied = applied

    def _settle(self, dead: int | None = None) -> None:
        """Let maintenance run beside readers; they go on with the old frame until it is done."""
        if self._contents.settle(dead):
            with self._gate.writing:
                self._frame = self._contents.framed()
