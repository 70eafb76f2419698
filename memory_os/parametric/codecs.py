"""Adapters in fewer bytes: groups of 64 numbers, each between its least and its greatest.

``int8`` is off by half a step, (max - min) / 510, ``int4`` by (max - min) / 30; steps and minima in
half precision add a thousandth of the greatest magnitude to a group's width. Outliers kept apart,
as SpQR (arXiv 2306.03078) does for whole models, bring almost nothing for adapters: it is not done.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from memory_os.errors import InvalidInput
from memory_os.parametric.weights import Floats

CODECS = ("native", "int8", "int4")
GROUP = 64
_BITS = {"int8": 8, "int4": 4}

Named = dict[str, NDArray[Any]]


def write(tensors: Mapping[str, Floats], codec: str) -> Named:
    """Return the tensors as they are kept, by name.

    Raises:
        InvalidInput: no such codec, or a number beyond half precision's range.
    """
    if codec == "native":
        return {name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()}
    bits = _bits(codec)
    found: Named = {}
    for name, tensor in tensors.items():
        groups = _groups(tensor)
        least = _half(groups.min(axis=1), down=True)
        low = least.astype(np.float32)
        step = _half((groups.max(axis=1) - low) / np.float32((1 << bits) - 1), down=False)
        width = np.where(step == 0, np.float16(1), step).astype(np.float32)
        codes = np.rint((groups - low[:, None]) / width[:, None])
        whole = np.clip(codes, 0, (1 << bits) - 1).astype(np.uint8)
        found[name] = whole if bits == 8 else whole[:, 0::2] | (whole[:, 1::2] << 4)
        found[f"{name}.min"], found[f"{name}.step"] = least, step
    return found


def read(
    tensors: Mapping[str, NDArray[Any]], codec: str, shapes: Mapping[str, tuple[int, ...]]
) -> dict[str, Floats]:
    """Return what ``write`` was given, within the codec's bound.

    Raises:
        InvalidInput: a tensor is missing or of another shape.
    """
    try:
        if codec == "native":
            return {name: _native(tensors[name], shape) for name, shape in shapes.items()}
        bits = _bits(codec)
        return {name: _decoded(tensors, name, bits, shape) for name, shape in shapes.items()}
    except (KeyError, ValueError) as error:
        raise InvalidInput(
            f"the file is not what {codec!r} writes: {error}", field="content"
        ) from error


def _native(tensor: NDArray[Any], shape: tuple[int, ...]) -> Floats:
    if tensor.shape != shape:
        raise ValueError(f"shape {list(tensor.shape)}, not {list(shape)}")
    return tensor.astype(np.float32, copy=False)


def _decoded(
    tensors: Mapping[str, NDArray[Any]], name: str, bits: int, shape: tuple[int, ...]
) -> Floats:
    whole = tensors[name]
    if bits == 4:
        whole = np.stack([whole & 15, whole >> 4], axis=-1).reshape(len(whole), -1)
    step = tensors[f"{name}.step"].astype(np.float32)[:, None]
    plain = whole.astype(np.float32) * step + tensors[f"{name}.min"].astype(np.float32)[:, None]
    size = int(np.prod(shape))
    if plain.size < size or plain.size - size >= GROUP:
        raise ValueError(f"{plain.size} numbers for {list(shape)}")
    found: Floats = plain.reshape(-1)[:size].reshape(shape)
    return found


def _groups(tensor: Floats) -> Floats:
    flat = np.ascontiguousarray(tensor, np.float32).reshape(-1)
    short = -flat.size % GROUP
    if short:
        flat = np.concatenate([flat, np.repeat(flat[-1:], short)])
    return flat.reshape(-1, GROUP)


def _half(values: Floats, *, down: bool) -> NDArray[np.float16]:
    with np.errstate(over="ignore"):
        half = values.astype(np.float16)
    if not np.isfinite(half).all():
        raise InvalidInput("a number beyond 65,504; keep this adapter in 'native'", field="codec")
    wrong = half.astype(np.float32) > values if down else half.astype(np.float32) < values
    half[wrong] = np.nextafter(half[wrong], np.float16(-np.inf if down else np.inf))
    return half


def _bits(codec: str) -> int:
    if codec not in _BITS:
        raise InvalidInput(f"no codec {codec!r}; there are {', '.join(CODECS)}", field="codec")
    return _BITS[codec]
