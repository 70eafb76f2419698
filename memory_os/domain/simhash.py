"""Similarity hash of a text's terms (Charikar, STOC 2002): near texts differ in few bits."""

from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b

import numpy as np

_HALF = 1 << 63
_LANES = np.dtype("<u2")
_MOST = 65_535


@lru_cache(maxsize=65_536)
def _lanes(term: str) -> int:
    """Return the 64 bits of the term's hash, each in a lane of 16 bits of one large integer."""
    digest = np.frombuffer(blake2b(term.encode(), digest_size=8).digest(), dtype=np.uint8)
    return int.from_bytes(np.unpackbits(digest).astype(_LANES).tobytes(), "little")


def simhash(terms: Sequence[str]) -> int:
    """Return 64 bits as a signed integer: each is the majority's over the terms; none give 0.

    The votes are counted by adding the lanes of all terms at once; at most 65,535 terms count.
    """
    voters = terms[:_MOST]
    if not voters:
        return 0
    total = sum(map(_lanes, voters)).to_bytes(128, "little")
    votes = np.frombuffer(total, dtype=_LANES)
    value = int.from_bytes(np.packbits(votes * 2.0 > len(voters)).tobytes(), "big")
    return value - 2 * _HALF if value >= _HALF else value


def distance(left: int, right: int) -> int:
    """Return in how many of the 64 bits two hashes differ."""
    return ((left ^ right) & (2 * _HALF - 1)).bit_count()
