"""Every codec keeps its bound, whatever the numbers."""

import numpy as np
import pytest
from hypothesis import given, settings

from memory_os.activation import codecs
from memory_os.activation.codecs import CODECS, GROUP
from memory_os.domain.kv import Layers
from memory_os.errors import InvalidInput
from tests.unit.activation.kv import layers, made

ROUNDING = {"float32": 2**-23, "float16": 2**-11, "bfloat16": 2**-8}


def back(given_: Layers, name: str) -> Layers:
    shape = given_.keys[0].shape
    tensors = codecs.write(given_, name)
    return codecs.read(tensors, name, dtype=given_.dtype, layers=len(given_.keys), shape=shape)


def width(wide: np.ndarray, axis: int) -> np.ndarray:
    """Return for each number how far the least and the greatest of its group are apart."""
    last = np.moveaxis(wide, axis, -1)
    spread = np.empty_like(last)
    for start in range(0, last.shape[-1], GROUP):
        part = last[..., start : start + GROUP]
        spread[..., start : start + GROUP] = np.ptp(part, axis=-1)[..., None]
    return np.moveaxis(spread, -1, axis)


@given(layers())
@settings(deadline=None, max_examples=60)
def test_native_is_what_was_written(given_: Layers) -> None:
    read = back(given_, "native")
    for one, other in zip((*given_.keys, *given_.values), (*read.keys, *read.values), strict=True):
        assert one.tobytes() == other.tobytes()


@pytest.mark.parametrize(("name", "steps"), [("int8", 255), ("int4", 15)])
@given(given_=layers())
@settings(deadline=None, max_examples=60)
def test_integers_are_off_by_half_a_step_at_most(name: str, steps: int, given_: Layers) -> None:
    read, wide = back(given_, name).widened(), given_.widened()
    rounding = ROUNDING[given_.dtype]
    for kind, axis in (("keys", 1), ("values", 2)):
        for one, other in zip(getattr(wide, kind), getattr(read, kind), strict=True):
            magnitude = np.abs(one).max()
            wide_group = width(one, axis) + magnitude / 1000 + 1e-6
            bound = wide_group / steps / 2 * 1.002 + (magnitude + wide_group) * rounding
            assert (np.abs(one - other) <= bound).all()


@given(layers())
@settings(deadline=None, max_examples=60)
def test_fp8_is_off_by_a_sixteenth_at_most(given_: Layers) -> None:
    read, wide = back(given_, "fp8").widened(), given_.widened()
    rounding = ROUNDING[given_.dtype]
    pairs = zip((*wide.keys, *wide.values), (*read.keys, *read.values), strict=True)
    for one, other in pairs:
        scale = np.abs(one).max(axis=-1, keepdims=True) / 448 * 1.001 + 1e-7
        bound = np.maximum(np.abs(one) / 16, scale * 2**-10) * 1.001 + np.abs(one) * rounding * 2
        assert (np.abs(one - other) <= bound).all()


@pytest.mark.parametrize(("name", "least"), [("int8", 3.4), ("fp8", 3.8), ("int4", 6.3)])
def test_how_much_smaller_each_is(name: str, least: float) -> None:
    given_ = made(256, size=64)
    size = sum(tensor.nbytes for tensor in codecs.write(given_, name).values())
    assert given_.nbytes / size >= least


@pytest.mark.parametrize("name", sorted(set(CODECS) - {"native"}))
def test_what_half_precision_cannot_hold_is_refused(name: str) -> None:
    wide = made()
    wide.keys[0].flat[0] = 1e30
    with pytest.raises(InvalidInput, match="keep this cache in codec 'native'"):
        codecs.write(wide, name)


@pytest.mark.parametrize("name", sorted(CODECS))
def test_tensors_of_another_shape_or_type_are_refused(name: str) -> None:
    given_ = made(40)
    tensors = codecs.write(given_, name)
    asked = {"dtype": "float32", "layers": 2, "shape": given_.keys[0].shape}
    for broken in (
        {key: each for key, each in tensors.items() if not key.startswith("layers.1.value")},
        {key: each[..., :-1] for key, each in tensors.items()},
        {key: each.astype(np.float64) for key, each in tensors.items()},
    ):
        with pytest.raises(InvalidInput, match=r"layers\.\d\.(key|value)"):
            codecs.read(broken, name, **asked)


def test_an_unknown_codec_is_refused_with_those_there_are() -> None:
    with pytest.raises(InvalidInput, match="native, int8, fp8, int4"):
        codecs.write(made(), "zip")
