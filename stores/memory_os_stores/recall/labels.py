"""Numbers for sets of names: what a chunk's speaker and title are called."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from memory_os_stores.columns import grown


class Labels:
    """Number sets of term ids; the empty set is 0. One writer, many readers."""

    def __init__(
        self, ids: NDArray[np.int32] | None = None, stops: NDArray[np.int64] | None = None
    ) -> None:
        self._ids = np.empty(0, np.int32) if ids is None else ids
        self._stops = np.zeros(2, np.int64) if stops is None else stops
        self._size = self._stops.size - 1
        self._codes: dict[tuple[int, ...], int] = {}
        self._known = 0

    def code(self, names: Sequence[int]) -> int:
        """Return the number of the set ``names``, a new one at first sight."""
        if not names:
            return 0
        self._learn()
        key = tuple(sorted(set(names)))
        code = self._codes.get(key)
        if code is None:
            code = self._size
            self._append(np.array(key, np.int32))
            self._codes[key] = code
            self._known = self._size
        return code

    def table(self) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int64]]:
        """Return the members of all sets, each set ascending, and where it starts and stops."""
        stops = self._stops[1 : self._size + 1]
        return self._ids[: stops[-1]], self._stops[: self._size], stops

    def _append(self, members: NDArray[np.int32]) -> None:
        used = int(self._stops[self._size])
        self._ids = grown(self._ids, used, used + members.size)
        self._ids[used : used + members.size] = members
        self._stops = grown(self._stops, self._size + 1, self._size + 2)
        self._stops[self._size + 1] = used + members.size
        self._size += 1

    def _learn(self) -> None:
        """Fill the dictionary after a load: only a writer needs it."""
        for code in range(max(1, self._known), self._size):
            begin, stop = int(self._stops[code]), int(self._stops[code + 1])
            self._codes[tuple(self._ids[begin:stop].tolist())] = code
        self._known = self._size
