"""Keys and values of a span of tokens, as arrays: what an activation cube holds of a model."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from memory_os.domain.payload import ModelFingerprint
from memory_os.errors import InvalidInput

CHUNK = 256
"""How many tokens one chunk holds; only full chunks are kept."""

DTYPES: dict[str, np.dtype[Any]] = {
    "float32": np.dtype("<f4"),
    "float16": np.dtype("<f2"),
    "bfloat16": np.dtype("<u2"),
}
"""The types that tensors come in, and what numpy holds each in: bfloat16 as its raw bits."""

Array = NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Layers:
    """For each layer keys and values of shape ``[kv_heads, tokens, head_dim]``.

    ``dtype`` is one of ``DTYPES``. The arrays belong to whoever holds this: nobody writes to them.
    """

    keys: tuple[Array, ...]
    values: tuple[Array, ...]
    dtype: str

    def __post_init__(self) -> None:
        if self.dtype not in DTYPES:
            raise InvalidInput(
                f"dtype {self.dtype!r} is none of {', '.join(DTYPES)}", field="dtype"
            )
        if not self.keys or len(self.keys) != len(self.values):
            raise InvalidInput(
                f"{len(self.keys)} layers of keys and {len(self.values)} of values", field="layers"
            )
        shape, wanted = self.keys[0].shape, DTYPES[self.dtype]
        for name, arrays in (("keys", self.keys), ("values", self.values)):
            for at, array in enumerate(arrays):
                if array.shape != shape or len(shape) != 3 or array.dtype != wanted:
                    raise InvalidInput(
                        f"{name} of layer {at} are {array.dtype}{list(array.shape)}, not "
                        f"{wanted}{list(shape)} of [kv_heads, tokens, head_dim]",
                        field="layers",
                    )

    @property
    def tokens(self) -> int:
        """Return how many tokens the arrays are of."""
        return int(self.keys[0].shape[1])

    @property
    def nbytes(self) -> int:
        """Return the bytes of all arrays."""
        return sum(array.nbytes for array in (*self.keys, *self.values))

    def part(self, start: int, stop: int) -> "Layers":
        """Return the tokens from ``start`` to before ``stop``, as views."""
        return Layers(
            tuple(array[:, start:stop] for array in self.keys),
            tuple(array[:, start:stop] for array in self.values),
            self.dtype,
        )

    def finite(self) -> bool:
        """Tell whether no number is infinite or NaN."""
        return all(_finite(array, self.dtype) for array in (*self.keys, *self.values))

    def widened(self) -> "Layers":
        """Return the same numbers as float32."""
        if self.dtype == "float32":
            return self
        return Layers(
            tuple(_wide(array, self.dtype) for array in self.keys),
            tuple(_wide(array, self.dtype) for array in self.values),
            "float32",
        )

    def require(self, model: ModelFingerprint) -> None:
        """Refuse tensors that are not of the model's shape and type.

        Raises:
            InvalidInput: another number of layers or heads, another head size or dtype.
        """
        heads, _, size = self.keys[0].shape
        mine = (len(self.keys), heads, size, self.dtype)
        its = (model.layers, model.kv_heads, model.head_dim, model.dtype)
        names = ("layers", "kv_heads", "head_dim", "dtype")
        for name, got, wanted in zip(names, mine, its, strict=True):
            if got != wanted:
                raise InvalidInput(f"{name} is {got}, the model's is {wanted}", field=name)


def joined(parts: Sequence[Layers]) -> Layers:
    """Return consecutive spans as one; of one span, that span.

    Raises:
        InvalidInput: there is none, or they differ in type or number of layers.
    """
    if not parts or len({(part.dtype, len(part.keys)) for part in parts}) != 1:
        raise InvalidInput("spans of one model are joined, at least one", field="layers")
    if len(parts) == 1:
        return parts[0]
    layers = range(len(parts[0].keys))
    return Layers(
        tuple(np.concatenate([part.keys[at] for part in parts], axis=1) for at in layers),
        tuple(np.concatenate([part.values[at] for part in parts], axis=1) for at in layers),
        parts[0].dtype,
    )


def _finite(array: Array, dtype: str) -> bool:
    if dtype == "bfloat16":
        return not bool(np.any((array.view(np.uint16) & 0x7F80) == 0x7F80))
    return bool(np.isfinite(array).all())


def _wide(array: Array, dtype: str) -> Array:
    if dtype == "bfloat16":
        return (array.astype(np.uint32) << 16).view(np.float32)
    return array.astype(np.float32)
