"""Adapter files, codecs, merges and the gate."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from peft.utils import merge_utils

from memory_os.errors import InvalidInput, NotSupported
from memory_os.parametric import codecs
from memory_os.parametric.format import pack, unpack
from memory_os.parametric.gate import Scores, trial
from memory_os.parametric.merging import METHODS, merge
from memory_os.parametric.weights import weights_of
from tests.unit.parametric.lora import BASE, CONFIG, made

NUMBERS = st.floats(-1_000, 1_000, width=32)
MATRICES = arrays.arrays(
    np.float32, st.tuples(st.integers(1, 9), st.integers(1, 40)), elements=NUMBERS, fill=NUMBERS
)


@pytest.mark.parametrize(("codec", "steps"), [("int8", 255), ("int4", 15)])
@given(matrix=MATRICES)
@settings(deadline=None, max_examples=80)
def test_a_codec_is_off_by_half_a_step_at_most(codec: str, steps: int, matrix: np.ndarray) -> None:
    tensors = codecs.write({"m": matrix}, codec)
    (found,) = codecs.read(tensors, codec, {"m": matrix.shape}).values()
    flat, off = matrix.reshape(-1), np.abs(found - matrix).reshape(-1)
    for start in range(0, flat.size, codecs.GROUP):
        group = flat[start : start + codecs.GROUP]
        bound = (np.ptp(group) + np.abs(group).max() / 1_000 + 1e-6) / steps / 2 * 1.01
        assert off[start : start + codecs.GROUP].max() <= bound + 1e-5 * np.abs(group).max()


@pytest.mark.parametrize("codec", codecs.CODECS)
def test_a_file_gives_the_adapter_back_to_its_base_alone(codec: str) -> None:
    found = unpack(pack(made(), CONFIG, BASE, codec), BASE)
    assert found.config == CONFIG
    assert (found.weights.rank, found.weights.scale) == (4, 2.0)
    for name, pair in made().modules.items():
        assert np.abs(found.weights.modules[name].a - pair.a).max() < 0.25
    with pytest.raises(NotSupported, match="another base model"):
        unpack(pack(made(), CONFIG, BASE, codec), replace(BASE, weights="x"))


def test_int4_is_more_than_seven_times_smaller() -> None:
    big = {"m": np.random.default_rng(0).standard_normal((64, 512)).astype(np.float32)}
    kept = sum(tensor.nbytes for tensor in codecs.write(big, "int4").values())
    assert big["m"].nbytes / kept > 7.0


@given(st.data())
@settings(deadline=None, max_examples=100)
def test_damage_is_refused(data: st.DataObject) -> None:
    content = bytearray(pack(made(), CONFIG, BASE, data.draw(st.sampled_from(codecs.CODECS))))
    if data.draw(st.booleans()):
        content = content[: data.draw(st.integers(0, len(content) - 1))]
    else:
        end = int.from_bytes(content[:8], "little") + 8
        content[data.draw(st.integers(0, end - 1))] = data.draw(st.integers(0, 255))
    try:
        unpack(bytes(content), BASE)
    except (InvalidInput, NotSupported):
        return


@pytest.mark.parametrize(
    ("config", "error"),
    [
        ({"peft_type": "IA3"}, NotSupported),
        ({"use_dora": True}, NotSupported),
        ({"modules_to_save": ["lm_head"]}, NotSupported),
        ({"r": "many"}, InvalidInput),
        ({"r": 3}, InvalidInput),
    ],
)
def test_only_a_plain_lora_of_its_rank_is_taken(config: dict, error: type) -> None:
    with pytest.raises(error):
        weights_of(made().tensors(), {**CONFIG, **config})


def test_cat_and_svd_are_the_weighted_sum_of_the_changes() -> None:
    parts, shares = [made(1), made(2, rank=3, alpha=6)], [0.7, -0.2]
    wanted = {
        name: sum(s * p.modules[name].delta(p.scale) for p, s in zip(parts, shares, strict=True))
        for name in parts[0].modules
    }
    for method in ("cat", "svd"):
        joined = merge(parts, shares, method, rank=7)
        assert joined.rank == 7
        for name, change in wanted.items():
            found = joined.modules[name].delta(joined.scale)
            np.testing.assert_allclose(found, change, atol=1e-3)
    smaller = merge(parts, shares, "svd", rank=2)
    for name, change in wanted.items():
        off = np.linalg.norm(smaller.modules[name].delta(1.0) * smaller.scale - change)
        best = np.linalg.svd(change, compute_uv=False)[2:]
        assert off == pytest.approx(np.linalg.norm(best), rel=1e-3)


@pytest.mark.parametrize("shares", [[0.5, 0.5], [1.0, -0.3]])
def test_linear_and_ties_are_what_peft_makes(shares: list[float]) -> None:
    parts = [made(1), made(2)]
    counts = [share * 2.0 for share in shares]
    roots = [abs(count) ** 0.5 for count in counts]
    signed = [r if c >= 0 else -r for r, c in zip(roots, counts, strict=True)]
    for name in parts[0].modules:
        for half, weights in (("a", signed), ("b", roots)):
            given_ = [torch.tensor(getattr(part.modules[name], half)) for part in parts]
            theirs = {
                "linear": merge_utils.task_arithmetic(given_, torch.tensor(weights)),
                "ties": merge_utils.ties(given_, torch.tensor(weights), 0.4),
            }
            for method, wanted in theirs.items():
                joined = merge(parts, shares, method, density=0.4)
                found = getattr(joined.modules[name], half)
                np.testing.assert_allclose(found, wanted.numpy(), atol=1e-5)
                assert joined.scale == 1.0


def test_dare_is_seeded_and_keeps_the_mean() -> None:
    parts, shares = [made(1), made(2)], [0.5, 0.5]
    name = next(iter(parts[0].modules))
    one, same, other = (merge(parts, shares, "dare", seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(one.modules[name].a, same.modules[name].a)
    assert not np.array_equal(one.modules[name].a, other.modules[name].a)
    mean = np.mean([merge(parts, shares, "dare", seed=n).modules[name].a for n in range(400)], 0)
    np.testing.assert_allclose(mean, merge(parts, shares, "linear").modules[name].a, atol=0.6)


@pytest.mark.parametrize("method", METHODS)
def test_what_cannot_be_merged_is_refused(method: str) -> None:
    with pytest.raises(InvalidInput, match="two adapters"):
        merge([made()], [1.0], method)
    with pytest.raises(InvalidInput, match="different modules"):
        merge([made(), made(modules=1)], [1.0, 1.0], method)
    with pytest.raises(InvalidInput, match="density"):
        merge([made(), made()], [1.0, 1.0], method, density=0.0)
    if method not in ("cat", "svd"):
        with pytest.raises(InvalidInput, match="of one rank"):
            merge([made(), made(rank=2)], [1.0, 1.0], method)
    with pytest.raises(InvalidInput, match="cat, svd"):
        merge([made(), made()], [1.0, 1.0], "average")


def test_the_gate_takes_the_lower_bound_of_the_gain() -> None:
    sure = trial(Scores((0.0,) * 30, (1.0,) * 28 + (0.0,) * 2, 0.01, detach_tested=True))
    assert 0.8 < sure.gain_lower < 0.94
    none = trial(Scores((0.0,) * 30, (1.0,) + (0.0,) * 29, 0.01))
    assert none.gain_lower == 0.0
    forgets = trial(Scores((0.0,), (1.0,), 0.0, (1.0, 1.0), (1.0, 0.0)))
    assert forgets.forgetting == 0.5
    with pytest.raises(InvalidInput, match="for each item"):
        trial(Scores((0.0,), (), 0.0))
