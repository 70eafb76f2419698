"""FAISS inverted lists with one byte a component: approximate search among many vectors.

k-means cells and a scalar quantiser (``IVF,SQ8``), which keeps a component as a whole number
from -128 to 127. A HNSW graph answers faster, but FAISS cannot take a vector out of one, and a
memory must be able to forget. There are as many lists as the root of the number of vectors, 512
at most. The numbers behind this and all other sizes are in ``docs/decisions/0009``.
"""

import math
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from memory_os_stores.columns import grown
from memory_os_stores.faiss.rows import Floats, Rows, Slots
from memory_os_stores.gate import Gate

_FAISS: Any = faiss
"""FAISS with its types left out: releases differ in whether they ship any."""
_MOST_LISTS = 512
_LEVELS = 127.0
_GROWTH = 4
_SEED = 1234
_ITERATIONS = 5
_SAMPLE = 40
_STEP = 512
_TRAINING_STEP = 16_384

Lists = NDArray[np.int64]


class Inverted:
    """Vectors of the slots below ``covered`` in lists. One writer at a time, many readers.

    ``homes`` tells the list of each slot. FAISS lists may not be read while they grow: reading
    and growing go through the gate.
    """

    def __init__(
        self, index: Any, homes: NDArray[np.int16], trained: int, scale: float, gate: Gate
    ) -> None:
        self._index = index
        self._homes = homes
        self._gate = gate
        self.trained = trained
        self.scale = scale
        self.lists = int(index.nlist)
        self.sizes = np.bincount(homes, minlength=self.lists)
        self._centres: Floats = index.quantizer.reconstruct_n(0, self.lists)

    @classmethod
    def train(cls, rows: Rows, gate: Gate) -> "Inverted":
        """Choose the cells from a fixed sample of ``rows`` and put all of them in."""
        lists = min(_MOST_LISTS, 2 ** round(math.log2(math.sqrt(rows.size))))
        index = _FAISS.IndexIVFScalarQuantizer(
            _FAISS.IndexFlatIP(rows.dimensions),
            rows.dimensions,
            lists,
            _FAISS.ScalarQuantizer.QT_8bit_direct_signed,
            _FAISS.METRIC_INNER_PRODUCT,
            False,
        )
        index.cp.niter, index.cp.seed, index.cp.spherical = _ITERATIONS, _SEED, True
        index.cp.min_points_per_centroid = 1
        index.cp.max_points_per_centroid = _SAMPLE
        drawn = np.random.default_rng(_SEED).permutation(rows.size)[: _SAMPLE * lists]
        sample = rows.vectors(np.sort(drawn))
        scale = _LEVELS / max(float(np.abs(sample).max()), 1.0 / _LEVELS)
        index.train(sample * np.float32(scale))
        inverted = cls(index, np.empty(0, np.int16), rows.size, scale, gate)
        for first in range(0, rows.size, _TRAINING_STEP):
            inverted._put(rows, first, min(first + _TRAINING_STEP, rows.size))
        return inverted

    @property
    def covered(self) -> int:
        """Return below which slot vectors are in the lists."""
        return int(self._index.ntotal)

    @property
    def homes(self) -> NDArray[np.int16]:
        """Return the list of each slot below ``covered``."""
        return self._homes[: self.covered]

    def outgrown(self, size: int) -> bool:
        """Tell whether there are so many vectors now that cells should be chosen anew."""
        return size >= _GROWTH * self.trained

    def extend(self, rows: Rows) -> None:
        """Put the vectors beyond ``covered`` in, a few at a time so that readers get between."""
        while self.covered < rows.size:
            first = self.covered
            with self._gate.writing:
                self._put(rows, first, min(first + _STEP, rows.size))

    def nearest(self, query: Floats, members: NDArray[np.int64], wanted: float) -> Lists:
        """Return the nearest lists that have ``wanted`` members together, nearest first.

        ``members`` counts for each list what is visible of it: in a scope that lies apart from
        the query more lists are needed, and those without anything visible are passed over.
        """
        order = np.argsort(-(self._centres @ query))
        order = order[members[order] > 0]
        reached = np.searchsorted(np.cumsum(members[order]), wanted)
        return order[: int(reached) + 1]

    def search(self, query: Floats, lists: Lists, limit: int) -> Slots:
        """Return about the best ``limit`` slots in these lists, in no order."""
        levels = np.rint(query * np.float32(_LEVELS / np.abs(query).max()))
        parameters = _FAISS.SearchParametersIVF()
        parameters.nprobe = lists.size
        lists = np.ascontiguousarray(lists, np.int64)
        unused, scores = np.zeros(lists.size, np.float32), np.empty(limit, np.float32)
        found = np.empty(limit, np.int64)
        given = (_FAISS.swig_ptr(array) for array in (lists, unused, scores, found))
        with self._gate.reading:
            self._index.search_preassigned_c(
                1, _FAISS.swig_ptr(levels), limit, *given, False, parameters
            )
        return found[found >= 0]

    def compacted(self, kept: Slots) -> "Inverted":
        """Return lists of the ``kept`` slots alone, numbered anew in their order."""
        inside = kept[: np.searchsorted(kept, self.covered)]
        moved = np.full(self.covered, -1, np.int64)
        moved[inside] = np.arange(inside.size)
        lists = self._index.invlists
        fresh = _FAISS.clone_index(self._index)
        fresh.reset()
        for number in np.flatnonzero(self.sizes).tolist():
            size = lists.list_size(number)
            slots = moved[_FAISS.rev_swig_ptr(lists.get_ids(number), size)]
            codes = _FAISS.rev_swig_ptr(lists.get_codes(number), size * self._index.code_size)
            stays = slots >= 0
            slots = np.ascontiguousarray(slots[stays])
            codes = np.ascontiguousarray(codes.reshape(size, -1)[stays])
            if slots.size:
                fresh.invlists.add_entries(
                    number, slots.size, _FAISS.swig_ptr(slots), _FAISS.swig_ptr(codes)
                )
        fresh.ntotal = inside.size
        return Inverted(fresh, self._homes[inside], self.trained, self.scale, self._gate)

    def dump(self) -> NDArray[np.uint8]:
        """Return the lists as bytes that ``load`` reads."""
        packed: NDArray[np.uint8] = _FAISS.serialize_index(self._index)
        return packed

    @classmethod
    def load(
        cls,
        packed: NDArray[np.uint8],
        homes: NDArray[np.int16],
        trained: int,
        scale: float,
        gate: Gate,
    ) -> "Inverted":
        """Return the lists that ``dump`` packed."""
        return cls(_FAISS.deserialize_index(packed), homes, trained, scale, gate)

    def _put(self, rows: Rows, first: int, last: int) -> None:
        levels = np.rint(rows.vectors(np.arange(first, last)) * np.float32(self.scale))
        levels = np.ascontiguousarray(levels.clip(-_LEVELS, _LEVELS), np.float32)
        _, homes = self._index.quantizer.search(levels, 1)
        homes, slots = np.ascontiguousarray(homes.ravel()), np.arange(first, last)
        self._homes = grown(self._homes, first, last)
        self._homes[first:last] = homes
        self.sizes = self.sizes + np.bincount(homes, minlength=self.lists)
        self._index.add_core(
            last - first, *(_FAISS.swig_ptr(array) for array in (levels, slots, homes))
        )
