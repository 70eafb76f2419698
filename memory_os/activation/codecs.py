"""How keys and values are written in fewer bytes, and how far what is read may be off.

=======  ==================================================  =====================================
codec    how                                                 |read - written| is at most
=======  ==================================================  =====================================
native   as the model has them                               0
int8     groups of 32 between their least and greatest       half a step: (max - min) / 510
fp8      E4M3 with one scale a token and head                |x| / 16, and 2^-10 of the scale
int4     as int8, two to a byte                              half a step: (max - min) / 30
=======  ==================================================  =====================================

Steps and minima are kept in half precision, rounded outwards, which adds a thousandth of the
greatest magnitude to a group's width. Keys are grouped along tokens, each channel by itself, for
their outliers keep to channels; values along channels, each token by itself (KIVI, arXiv
2402.02750). FP8 with a scale a token is ARKV's format.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from memory_os.domain.kv import DTYPES, Array, Layers
from memory_os.errors import InvalidInput

GROUP = 32
DEFAULT = "int8"

Floats = NDArray[np.float32]
Named = dict[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Form:
    """What a tensor is when it is read: its type, its ``(kv_heads, tokens, head_dim)``, and the
    axis along which groups lie.
    """

    dtype: str
    shape: tuple[int, ...]
    axis: int


@dataclass(frozen=True, slots=True)
class Codec:
    """Write a tensor as several, by what is put behind its name, and read it again."""

    name: str
    write: Callable[[Array, Form], Named]
    read: Callable[[Mapping[str, NDArray[Any]], Form], Array]


def codec(name: str) -> Codec:
    """Return a codec by its name.

    Raises:
        InvalidInput: there is none of this name.
    """
    found = CODECS.get(name)
    if found is None:
        raise InvalidInput(f"no codec {name!r}; there are {', '.join(CODECS)}", field="codec")
    return found


def write(layers: Layers, name: str) -> Named:
    """Return the tensors of ``layers``, by names such as ``layers.0.key`` and ``layers.0.value``.

    Raises:
        InvalidInput: no such codec, or a number that is not finite or too large for it.
    """
    chosen = codec(name)
    found: Named = {}
    for kind, axis, arrays in (("key", 1, layers.keys), ("value", 2, layers.values)):
        for at, array in enumerate(arrays):
            for part, tensor in chosen.write(array, Form(layers.dtype, array.shape, axis)).items():
                found[f"layers.{at}.{kind}{part}"] = tensor
    return found


def read(
    tensors: Mapping[str, NDArray[Any]],
    name: str,
    *,
    dtype: str,
    layers: int,
    shape: tuple[int, ...],
) -> Layers:
    """Return what ``write`` was given, within the codec's bound.

    ``shape`` is ``(kv_heads, tokens, head_dim)``.

    Raises:
        InvalidInput: a tensor is missing or of another shape or type.
    """
    chosen = codec(name)
    found: dict[str, list[Array]] = {"key": [], "value": []}
    for at in range(layers):
        for kind, axis in (("key", 1), ("value", 2)):
            prefix = f"layers.{at}.{kind}"
            own = {
                part[len(prefix) :]: tensor
                for part, tensor in tensors.items()
                if part == prefix or part.startswith(f"{prefix}.")
            }
            try:
                found[kind].append(chosen.read(own, Form(dtype, shape, axis)))
            except (KeyError, ValueError, TypeError) as error:
                raise InvalidInput(
                    f"{prefix} is not what codec {name!r} writes: {error}", field="content"
                ) from error
    return Layers(tuple(found["key"]), tuple(found["value"]), dtype)


def _wide(array: Array, dtype: str) -> Floats:
    return Layers((array,), (array,), dtype).widened().keys[0].astype(np.float32, copy=False)


def _narrow(array: Floats, dtype: str) -> Array:
    """Return float32 numbers in the model's type, rounded to nearest even."""
    if dtype == "bfloat16":
        bits = array.view(np.uint32)
        half: NDArray[np.uint16] = ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16)
        return half
    return array.astype(DTYPES[dtype], copy=False)


def _native_write(array: Array, form: Form) -> Named:
    return {"": np.ascontiguousarray(array).reshape(1, *form.shape)}


def _native_read(tensors: Mapping[str, NDArray[Any]], form: Form) -> Array:
    found = tensors[""]
    if found.dtype != DTYPES[form.dtype] or found.shape != (1, *form.shape):
        raise ValueError(f"{found.dtype}{list(found.shape)}")
    return found.reshape(form.shape)


def _grouped(wide: Floats, axis: int) -> Floats:
    """Return ``[…, groups, size]`` with groups along ``axis``; the last one repeats its end."""
    last = np.moveaxis(wide, axis, -1)
    size = _size(last.shape[-1])
    short = -last.shape[-1] % size
    if short:
        last = np.concatenate([last, np.repeat(last[..., -1:], short, axis=-1)], axis=-1)
    return np.ascontiguousarray(last).reshape(*last.shape[:-1], -1, size)


def _size(length: int) -> int:
    """Return how many numbers a group has: an even number, where there are fewer than GROUP."""
    return min(GROUP, length + length % 2)


def _outward(values: Floats, *, down: bool) -> NDArray[np.float16]:
    """Return half floats that are at most, or at least, the given numbers."""
    with np.errstate(over="ignore"):
        half = values.astype(np.float16)
    if not np.isfinite(half).all():
        raise InvalidInput(
            "a number is not finite, or beyond 65,504; keep this cache in codec 'native'",
            field="content",
        )
    wrong = half.astype(np.float32) > values if down else half.astype(np.float32) < values
    half[wrong] = np.nextafter(half[wrong], np.float16(-np.inf if down else np.inf))
    return half


def _integers(bits: int) -> Codec:
    most = (1 << bits) - 1

    def put(array: Array, form: Form) -> Named:
        groups = _grouped(_wide(array, form.dtype), form.axis)
        least = _outward(groups.min(axis=-1), down=True)
        low = least.astype(np.float32)
        step = _outward((groups.max(axis=-1) - low) / np.float32(most), down=False)
        width = step.astype(np.float32)
        width[width == 0] = 1.0
        codes = np.rint((groups - low[..., None]) / width[..., None])
        whole = np.clip(codes, 0, most).astype(np.uint8)
        if bits == 4:
            whole = whole[..., 0::2] | (whole[..., 1::2] << 4)
        return {"": whole, ".min": least, ".step": step}

    def get(tensors: Mapping[str, NDArray[Any]], form: Form) -> Array:
        shape, axis = form.shape, form.axis
        whole, least, step = tensors[""], tensors[".min"], tensors[".step"]
        _typed(whole, np.uint8)
        _typed(least, np.float16)
        _typed(step, np.float16)
        moved = [*shape[:axis], *shape[axis + 1 :], shape[axis]]
        size = _size(moved[-1])
        groups = -(-moved[-1] // size)
        wanted = (*moved[:-1], groups)
        if least.shape != wanted or step.shape != wanted:
            raise ValueError(f"steps of shape {list(step.shape)}, not {list(wanted)}")
        if bits == 4:
            whole = np.stack([whole & 15, whole >> 4], axis=-1)
        plain = whole.reshape(*wanted, size).astype(np.float32)
        plain *= step.astype(np.float32)[..., None]
        plain += least.astype(np.float32)[..., None]
        last = plain.reshape(*moved[:-1], -1)[..., : moved[-1]]
        return _narrow(np.ascontiguousarray(np.moveaxis(last, -1, axis)), form.dtype)

    return Codec(f"int{bits}", put, get)


def _typed(tensor: NDArray[Any], dtype: type[np.generic]) -> None:
    if tensor.dtype != dtype:
        raise ValueError(f"{tensor.dtype}, not {np.dtype(dtype)}")


def _e4m3() -> Floats:
    """Return the number of every code of E4M3 without sign, 448 the greatest."""
    codes = np.arange(127)
    exponent, mantissa = codes >> 3, codes & 7
    normal = np.ldexp(1.0 + mantissa / 8.0, exponent - 7)
    return np.where(exponent == 0, np.ldexp(mantissa / 8.0, -6), normal).astype(np.float32)


_EIGHTS = _e4m3()
_BETWEEN = (_EIGHTS[1:] + _EIGHTS[:-1]) / 2
_SIGNED = np.concatenate([_EIGHTS, [np.float32(0)], -_EIGHTS, [np.float32(0)]]).astype(np.float32)


def _fp8_write(array: Array, form: Form) -> Named:
    wide = _wide(array, form.dtype)
    greatest = np.abs(wide).max(axis=-1)
    scale = _outward(greatest / np.float32(448), down=False)
    width = scale.astype(np.float32)
    width[width == 0] = 1.0
    scaled = wide / width[..., None]
    codes = np.searchsorted(_BETWEEN, np.abs(scaled)).astype(np.uint8)
    return {"": codes | (np.signbit(scaled).astype(np.uint8) << 7), ".scale": scale}


def _fp8_read(tensors: Mapping[str, NDArray[Any]], form: Form) -> Array:
    codes, scale = tensors[""], tensors[".scale"]
    _typed(codes, np.uint8)
    _typed(scale, np.float16)
    if codes.shape != form.shape or scale.shape != form.shape[:-1]:
        raise ValueError(f"codes of shape {list(codes.shape)}, not {list(form.shape)}")
    return _narrow(_SIGNED[codes] * scale.astype(np.float32)[..., None], form.dtype)


CODECS = {
    made.name: made
    for made in (
        Codec("native", _native_write, _native_read),
        _integers(8),
        Codec("fp8", _fp8_write, _fp8_read),
        _integers(4),
    )
}
"""Every codec by its name."""
