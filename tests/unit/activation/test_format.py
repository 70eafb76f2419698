"""A chunk's file is read by the model that made it, whole, or refused."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import load, save

from memory_os.activation.codecs import CODECS
from memory_os.activation.format import pack, unpack
from memory_os.domain.tensors import read
from memory_os.errors import InvalidInput, NotSupported
from tests.unit.activation.kv import made, model_of

LAYERS = made(64)
MODEL = model_of(LAYERS)


@pytest.mark.parametrize("codec", sorted(CODECS))
@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
def test_a_file_tells_its_codec_itself(codec: str, dtype: str) -> None:
    given_ = made(64, dtype)
    found = unpack(pack(given_, model_of(given_), codec), model_of(given_))
    assert (found.dtype, found.tokens) == (dtype, 64)
    assert np.abs(found.widened().keys[1] - given_.widened().keys[1]).max() < 4.0


def test_native_tensors_are_views_that_nobody_can_write_to() -> None:
    found = unpack(memoryview(pack(LAYERS, MODEL)), MODEL)
    assert not found.keys[0].flags.owndata
    with pytest.raises(ValueError, match="read-only"):
        found.keys[0][0, 0, 0] = 1.0


def test_it_is_what_safetensors_reads() -> None:
    content = pack(LAYERS, MODEL)
    theirs, (mine, _) = load(content), read(content)
    assert (
        theirs.keys()
        == mine.keys()
        == {f"layers.{n}.{k}" for n in (0, 1) for k in ("key", "value")}
    )
    for name, tensor in theirs.items():
        assert tensor.shape == (1, 2, 64, 16)
        assert np.array_equal(tensor, mine[name])


@pytest.mark.parametrize("change", [{"adapter": "x"}, {"weights": "x"}, {"rope": "x"}])
def test_another_model_is_refused(change: dict[str, str]) -> None:
    with pytest.raises(NotSupported, match="another model"):
        unpack(pack(LAYERS, MODEL), replace(MODEL, **change))


def test_what_is_not_finite_or_not_of_the_model_is_not_written() -> None:
    broken = made(64)
    broken.values[1].flat[7] = np.nan
    with pytest.raises(InvalidInput, match="not finite"):
        pack(broken, MODEL)
    half = made(64, "bfloat16")
    half.keys[0].flat[0] = 0x7F80
    with pytest.raises(InvalidInput, match="not finite"):
        pack(half, model_of(half))
    with pytest.raises(InvalidInput, match="layers is 2, the model's is 3"):
        pack(LAYERS, replace(MODEL, layers=3))


def test_a_file_of_something_else_is_refused() -> None:
    with pytest.raises(NotSupported, match=r"memory-os\.kv"):
        unpack(save({"a": np.zeros(3, np.float32)}), MODEL)
    about = {"memory-os.kv": '{"version": 2}'}
    with pytest.raises(NotSupported, match="another version"):
        unpack(save({"a": np.zeros(3, np.float32)}, about), MODEL)
    with pytest.raises(InvalidInput, match="no JSON"):
        unpack(save({"a": np.zeros(3, np.float32)}, {"memory-os.kv": "{"}), MODEL)


def test_equal_chunks_are_equal_files() -> None:
    assert len({pack(LAYERS, MODEL, "int8") for _ in range(8)}) == 1


@given(st.data())
@settings(deadline=None, max_examples=150)
def test_no_damage_is_read_past_its_bounds(data: st.DataObject) -> None:
    content = bytearray(pack(LAYERS, MODEL, data.draw(st.sampled_from(sorted(CODECS)))))
    header = int.from_bytes(content[:8], "little") + 8
    if data.draw(st.booleans()):
        content = content[: data.draw(st.integers(0, len(content) - 1))]
    else:
        content[data.draw(st.integers(0, header - 1))] = data.draw(st.integers(0, 255))
    try:
        unpack(bytes(content), MODEL)
    except (InvalidInput, NotSupported):
        return
