"""FAISS inverted lists with one byte a component: approximate search among many vectors.

k-means cells and a scalar quantiser (``IVF,SQ8``), which keeps a component as a whole number
from -128 to 127. A HNSW graph answers faster, but FAISS cannot take a vector out of one, and a
memory must be able to forget. Sizes follow one rule, measured in
``docs/decisions/0009-dense-engine.md``: as many lists as the root of the number of vectors, 512
at most, and of these the share ``SHARE * visible ** -0.25`` is read.
"""

import math
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from memory_os_stores.faiss.rows import Floats, Rows, Slots
from memory_os_stores.gate import Gate

SHARE = 5.5
_MOST_LISTS = 512
_LEVELS = 127.0
_GROWTH = 4
_FAISS: Any = faiss
"""FAISS with its types left out: releases differ in whether they ship any."""
_SEED = 1234
_ITERATIONS = 5
_SAMPLE = 40
_STEP = 512
_TRAINING_STEP = 16_384


class Inverted:
    """Vectors of the slots below ``covered`` in lists. One writer at a time, many readers.

    FAISS lists may not be read while they grow: reading and growing go through the gate.
    """

    def __init__(self, index: Any, trained: int, scale: float, gate: Gate) -> None:
        self._index = index
        self.scale = scale
        self._gate = gate
        self.trained = trained

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
        inverted = cls(index, rows.size, scale, gate)
        for first in range(0, rows.size, _TRAINING_STEP):
            inverted._put(rows, first, min(first + _TRAINING_STEP, rows.size))
        return inverted

    @property
    def covered(self) -> int:
        """Return below which slot vectors are in the lists."""
        return int(self._index.ntotal)

    def outgrown(self, size: int) -> bool:
        """Tell whether there are so many vectors now that cells should be chosen anew."""
        return size >= _GROWTH * self.trained

    def extend(self, rows: Rows) -> None:
        """Put the vectors beyond ``covered`` in, a few at a time so that readers get between."""
        while self.covered < rows.size:
            first = self.covered
            with self._gate.writing:
                self._put(rows, first, min(first + _STEP, rows.size))

    def search(
        self, query: Floats, size: int, visible: int, bits: NDArray[np.uint8] | None, limit: int
    ) -> Slots:
        """Return about the best ``limit`` of the ``visible`` slots below ``size``.

        ``bits`` has a bit for each slot that is visible; without it, all below ``size`` are.
        """
        lists = int(self._index.nlist)
        parameters = _FAISS.SearchParametersIVF()
        parameters.nprobe = min(lists, math.ceil(lists * SHARE * visible**-0.25))
        with self._gate.reading:
            selector = self._selector(size, bits)
            if selector is not None:
                parameters.sel = selector
            _, found = self._index.search(query[None, :], limit, params=parameters)
        slots: Slots = found[0]
        return slots[slots >= 0]

    def compacted(self, moved: NDArray[np.int64]) -> "Inverted":
        """Return lists without the slots whose place in ``moved`` is negative, others renamed."""
        lists = self._index.invlists
        fresh = _FAISS.clone_index(self._index)
        fresh.reset()
        total = 0
        for number in range(self._index.nlist):
            size = lists.list_size(number)
            if not size:
                continue
            slots = moved[faiss.rev_swig_ptr(lists.get_ids(number), size)]
            codes = _FAISS.rev_swig_ptr(lists.get_codes(number), size * self._index.code_size)
            kept = slots >= 0
            slots = np.ascontiguousarray(slots[kept])
            codes = np.ascontiguousarray(codes.reshape(size, -1)[kept])
            if slots.size:
                fresh.invlists.add_entries(
                    number, slots.size, _FAISS.swig_ptr(slots), _FAISS.swig_ptr(codes)
                )
            total += slots.size
        fresh.ntotal = total
        return Inverted(fresh, self.trained, self.scale, self._gate)

    def dump(self) -> NDArray[np.uint8]:
        """Return the lists as bytes that ``load`` reads."""
        packed: NDArray[np.uint8] = _FAISS.serialize_index(self._index)
        return packed

    @classmethod
    def load(cls, packed: NDArray[np.uint8], trained: int, scale: float, gate: Gate) -> "Inverted":
        """Return the lists that ``dump`` packed."""
        return cls(_FAISS.deserialize_index(packed), trained, scale, gate)

    def _put(self, rows: Rows, first: int, last: int) -> None:
        levels = np.rint(rows.stretch(first, last) * np.float32(self.scale))
        self._index.add_with_ids(levels.clip(-_LEVELS, _LEVELS), np.arange(first, last))

    def _selector(self, size: int, bits: NDArray[np.uint8] | None) -> Any:
        if bits is not None:
            return _FAISS.IDSelectorBitmap(bits)
        return _FAISS.IDSelectorRange(0, size) if self.covered > size else None
