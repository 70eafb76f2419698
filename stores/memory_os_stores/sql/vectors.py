"""Vectors as bytes: little-endian float16.

Measured on 2,760 sentences with the 256-dimensional default embedder, the cosine of two vectors
moves by 0.0001 at most; one signed byte a dimension would halve the bytes but moves it by 0.004.
"""

import numpy as np
from numpy.typing import NDArray

from memory_os.domain.writing import KEPT

_STORED = KEPT.newbyteorder("<")


def pack(vector: NDArray[np.float32]) -> bytes:
    """Return the bytes that stand for ``vector``."""
    return vector.astype(_STORED).tobytes()


def unpack(blob: bytes) -> NDArray[np.float32]:
    """Return the vector behind ``blob``."""
    return np.frombuffer(blob, _STORED).astype(np.float32)
