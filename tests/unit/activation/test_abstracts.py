"""What a chunk can draw of attention at most, and reading no more than that."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from memory_os.activation.abstracts import FLOOR, abstract, abstracts, load, mattering
from memory_os.domain.kv import Layers
from memory_os.errors import InvalidInput

NUMBERS = st.floats(-100, 100, width=32)


@given(st.data())
@settings(deadline=None)
def test_no_key_scores_more_than_the_bound(data: st.DataObject) -> None:
    heads, size, group = (data.draw(st.integers(1, most)) for most in (3, 8, 3))
    tokens = data.draw(st.integers(1, 40))
    keys = data.draw(arrays.arrays(np.float32, (heads, tokens, size), elements=NUMBERS))
    query = data.draw(arrays.arrays(np.float32, (heads * group, size), elements=NUMBERS))
    bound = abstract(keys).bound(query)
    scores = np.einsum("hd,htd->ht", query, np.repeat(keys, group, axis=0))
    slack = 1e-4 * (1 + np.abs(query).sum() * np.abs(keys).max())
    assert (scores.max(axis=1) <= bound + slack).all()


@given(st.integers(1, 700), st.floats(0.1, 20))
@settings(deadline=None)
def test_parts_cover_every_token_once(tokens: int, loose: float) -> None:
    keys = np.random.default_rng(tokens).standard_normal((2, tokens, 8)).astype(np.float32)
    parts = abstracts(keys, loose=loose)
    assert [part.start for part in parts[1:]] == [part.stop for part in parts[:-1]]
    assert (parts[0].start, parts[-1].stop) == (0, tokens)
    assert all(part.stop - part.start >= FLOOR for part in parts[:-1])
    tight = [p for p in parts if p.looseness <= loose or p.stop - p.start < 2 * FLOOR]
    assert tight == parts


def test_alike_keys_stay_in_one_part_and_take_a_hundredth() -> None:
    keys = np.ones((2, 512, 64), np.float32)
    parts = abstracts(keys)
    assert len(parts) == 2
    assert keys.nbytes / sum(part.nbytes for part in parts) > 80


def test_attention_over_what_matters_is_attention_over_all() -> None:
    chance = np.random.default_rng(3)
    centres = chance.standard_normal((16, 2, 1, 32)) * 4
    keys = np.concatenate([c + chance.standard_normal((2, 64, 32)) * 0.3 for c in centres], axis=1)
    keys, values = keys.astype(np.float32), chance.standard_normal(keys.shape).astype(np.float32)
    layers = Layers((keys,), (values,), "float32")
    query = (centres[5, :, 0] * 1.5).astype(np.float32)
    parts = mattering(abstracts(keys, size=64), query)
    assert 0 < sum(part.stop - part.start for part in parts) <= 256
    some = load(layers, parts)
    whole, part = (attend(query, each.keys[0], each.values[0]) for each in (layers, some))
    np.testing.assert_allclose(part, whole, atol=1e-2)
    assert len(mattering(abstracts(keys, size=64), query, most=64)) == 1


@given(st.data())
@settings(deadline=None, max_examples=120)
def test_what_is_left_out_draws_less_than_was_said(data: st.DataObject) -> None:
    chance = np.random.default_rng(data.draw(st.integers(0, 10_000)))
    spread, far = data.draw(st.floats(0.01, 3)), data.draw(st.floats(0, 12))
    count, below = data.draw(st.integers(1, 40)), data.draw(st.sampled_from([1e-4, 1e-2, 0.3]))
    keys = chance.standard_normal((2, 16 * count, 8)).astype(np.float32) * np.float32(spread)
    keys[:, : 16 * data.draw(st.integers(0, count)), 0] += np.float32(far)
    query = chance.standard_normal((4, 8)).astype(np.float32)
    query[:, 0] = np.float32(data.draw(st.floats(-4, 4)))
    parts = [abstract(keys[:, at : at + 16], at) for at in range(0, keys.shape[1], 16)]
    scores = np.einsum("hd,htd->ht", query, np.repeat(keys, 2, axis=0)).astype(np.float64)
    shares = np.exp((scores - scores.max(axis=1, keepdims=True)) / np.sqrt(8))
    shares /= shares.sum(axis=1, keepdims=True)
    left = np.ones(keys.shape[1], bool)
    for part in mattering(parts, query, below=below):
        left[part.start : part.stop] = False
    assert (shares[:, left].sum(axis=1) <= below * 1.001 + 1e-9).all()


def attend(query: np.ndarray, keys: np.ndarray, values: np.ndarray) -> np.ndarray:
    scores = np.einsum("hd,htd->ht", query, keys) / np.sqrt(query.shape[-1])
    shares = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.einsum("ht,htd->hd", shares / shares.sum(axis=1, keepdims=True), values)


def test_a_query_of_other_heads_is_refused() -> None:
    whole = abstract(np.ones((2, 4, 8), np.float32))
    for shape in ((3, 8), (2, 7), (8,)):
        with pytest.raises(InvalidInput, match="a query"):
            whole.bound(np.ones(shape, np.float32))
