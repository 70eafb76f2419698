"""Similarity hash of a text's terms (Charikar, STOC 2002): near texts differ in few bits."""

from collections.abc import Iterable
from functools import lru_cache
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

_HALF = 1 << 63


@lru_cache(maxsize=65_536)
def _signs(term: str) -> NDArray[np.int32]:
    digest = np.frombuffer(blake2b(term.encode(), digest_size=8).digest(), dtype=np.uint8)
    signs: NDArray[np.int32] = np.unpackbits(digest).astype(np.int32) * 2 - 1
    return signs


def simhash(terms: Iterable[str]) -> int:
    """Return 64 bits as a signed integer; no terms give 0."""
    rows = [_signs(term) for term in terms]
    if not rows:
        return 0
    bits = np.packbits(np.sum(rows, axis=0) > 0)
    value = int.from_bytes(bits.tobytes(), "big")
    return value - 2 * _HALF if value >= _HALF else value


def distance(left: int, right: int) -> int:
    """Return in how many of the 64 bits two hashes differ."""
    return ((left ^ right) & (2 * _HALF - 1)).bit_count()
