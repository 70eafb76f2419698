"""Chance by address: a stream is a hash of its seed and its names, and nothing else.

There is no global generator and no order of drawing: ``stream(7, "bootstrap", "locomo")`` gives
the same numbers on every machine, in every process, before or after any other stream was used.
"""

import json
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

_UNIT = 2.0**-53


class Stream:
    """Draw numbers that depend on the stream's address alone.

    Only raw 64-bit words are taken from PCG64, whose output NumPy keeps stable between releases;
    everything else is computed here, so that a new NumPy cannot change a published number.
    """

    def __init__(self, address: int) -> None:
        self._bits = np.random.PCG64(np.random.SeedSequence(address))

    def uniforms(self, count: int) -> npt.NDArray[np.float64]:
        """Return ``count`` numbers, evenly spread over [0, 1)."""
        words = np.asarray(self._bits.random_raw(count), dtype=np.uint64)
        return (words >> np.uint64(11)).astype(np.float64) * _UNIT

    def integers(self, count: int, below: int) -> npt.NDArray[np.int64]:
        """Return ``count`` whole numbers, evenly spread over 0 to ``below`` - 1."""
        return np.floor(self.uniforms(count) * below).astype(np.int64)

    def order(self, count: int) -> npt.NDArray[np.int64]:
        """Return the numbers 0 to ``count`` - 1 in a shuffled order."""
        return np.argsort(self.uniforms(count), kind="stable").astype(np.int64)


def stream(seed: int, *names: str | int) -> Stream:
    """Return the stream at this address, as in ``stream(seed, "arm", "random", question_id)``."""
    address = json.dumps([seed, *names], ensure_ascii=True).encode()
    return Stream(int.from_bytes(blake2b(address, digest_size=16).digest(), "big"))
