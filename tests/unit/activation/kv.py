"""Keys and values to test with, and models that they are of."""

from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from memory_os.domain.kv import DTYPES, Layers
from memory_os.domain.payload import ModelFingerprint


def model_of(layers: Layers) -> ModelFingerprint:
    """Return a model whose caches are of this shape."""
    heads, _, size = layers.keys[0].shape
    count = len(layers.keys)
    return ModelFingerprint("w", "t", "c", "", count, heads, size, "r", "full", layers.dtype, 1)


def made(
    tokens: int = 256, dtype: str = "float32", seed: int = 0, layers: int = 2, size: int = 16
) -> Layers:
    """Return random layers of two heads, one channel of each with outliers."""
    chance = np.random.default_rng(seed)
    wide = chance.standard_normal((2 * layers, 2, tokens, size)).astype(np.float32)
    wide[:, :, :, 3] *= 20
    return cast(wide[:layers], wide[layers:], dtype)


def cast(keys: Any, values: Any, dtype: str) -> Layers:
    """Return float32 arrays in a type; bfloat16 is cut, not rounded."""

    def one(array: Any) -> Any:
        if dtype == "bfloat16":
            return (np.ascontiguousarray(array).view(np.uint32) >> 16).astype(np.uint16)
        return np.ascontiguousarray(array).astype(DTYPES[dtype])

    return Layers(tuple(map(one, keys)), tuple(map(one, values)), dtype)


@st.composite
def layers(draw: st.DrawFn) -> Layers:
    """Draw layers of any small shape and type, with any magnitudes below 60,000."""
    shape = draw(st.tuples(st.integers(1, 2), st.integers(1, 70), st.sampled_from([1, 8, 40])))
    numbers = st.floats(-60_000, 60_000, width=32)
    count = draw(st.integers(1, 2))
    wide = draw(arrays.arrays(np.float32, (2 * count, *shape), elements=numbers, fill=numbers))
    return cast(wide[:count], wide[count:], draw(st.sampled_from(sorted(DTYPES))))
