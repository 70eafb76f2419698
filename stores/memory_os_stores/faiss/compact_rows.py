"""Vectors by slot, twelve bits a component, when there are many: eight to look with, four more
to decide.

Each vector is divided by its own largest component, so no model's range has to be known, and
kept as whole numbers up to 2,032. The upper eight bits of all components lie in one plane, the
lower four in another. A *rough* product reads the first plane only, which is half of the work;
its error is bounded, so the few that may be among the best are known, and these are decided by
both planes, to about 0.0001. An exact search over such rows is therefore exact.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from memory_os_stores.columns import best
from memory_os_stores.faiss.rows import Floats, Slots

_LEVELS = 127 * 16
_HALF = 8
_BLOCK = 1024


@dataclass(frozen=True, slots=True)
class CompactRows:
    """Rows of 12-bit components; ``lower`` has the first half of them in its lower nibbles."""

    dimensions: int
    upper: NDArray[np.int8]
    lower: NDArray[np.uint8]
    scales: Floats

    @property
    def size(self) -> int:
        """Return how many there are."""
        return int(self.scales.size)

    def vectors(self, slots: Slots) -> Floats:
        """Return the vectors of these slots."""
        levels = self.upper[slots].astype(np.float32)
        levels *= 2 * _HALF
        packed, middle = self.lower[slots], self.lower.shape[1]
        levels[:, :middle] += packed & 15
        levels[:, middle:] += (packed >> 4)[:, : self.dimensions - middle]
        levels -= _HALF
        levels *= self.scales[slots, None]
        return levels

    def products(self, query: Floats, slots: Slots) -> Floats:
        """Return the inner product of each of these slots with ``query``."""
        middle = self.lower.shape[1]
        first, second = query[:middle], np.zeros(middle, np.float32)
        second[: self.dimensions - middle] = query[middle:]
        out = self._rough(query, slots, unbroken=False)
        for begin in range(0, slots.size, _BLOCK):
            block = slots[begin : begin + _BLOCK]
            packed = np.take(self.lower, block, axis=0)
            fine = (packed & 15).astype(np.float32) @ first
            fine += (packed >> 4).astype(np.float32) @ second
            fine -= np.float32(_HALF * query.sum())
            fine *= self.scales[block]
            out[begin : begin + _BLOCK] += fine
        return out

    def best(self, query: Floats, slots: Slots, limit: int) -> tuple[Slots, Floats]:
        """Return the ``limit`` of these ascending slots with the highest products, best first."""
        if slots.size > 2 * limit > 0:
            unbroken = int(slots[-1]) - int(slots[0]) == slots.size - 1
            rough = self._rough(query, slots, unbroken=unbroken)
            margins = self.scales[slots] * np.float32(_HALF * np.abs(query).sum() * 1.001)
            low = rough - margins
            floor = np.partition(low, low.size - limit)[low.size - limit]
            slots = slots[rough + margins >= floor]
        scores = self.products(query, slots)
        places = best(scores, limit)
        return slots[places], scores[places]

    def _rough(self, query: Floats, slots: Slots, *, unbroken: bool) -> Floats:
        """Return products from the upper plane alone; each is off by its margin at most."""
        out = np.empty(slots.size, np.float32)
        for begin in range(0, slots.size, _BLOCK):
            part = slots[begin : begin + _BLOCK]
            if unbroken:
                block = self.upper[part[0] : part[-1] + 1]
            else:
                block = np.take(self.upper, part, axis=0)
            np.dot(block.astype(np.float32), query, out=out[begin : begin + _BLOCK])
        out *= 2 * _HALF
        out *= self.scales[slots]
        return out


def planes(vectors: Floats) -> tuple[NDArray[np.int8], NDArray[np.uint8], Floats]:
    """Return the upper bits, the lower bits two a byte, and what a level is worth."""
    scales = (np.abs(vectors).max(axis=1) / np.float32(_LEVELS)).astype(np.float32)
    safe = np.where(scales > 0, scales, np.float32(1))
    levels = np.rint(vectors / safe[:, None]).astype(np.int16) + _HALF
    upper, lower = (levels >> 4).astype(np.int8), (levels & 15).astype(np.uint8)
    middle = (vectors.shape[1] + 1) // 2
    packed = lower[:, :middle].copy()
    packed[:, : vectors.shape[1] - middle] |= lower[:, middle:] << 4
    return upper, packed, scales
