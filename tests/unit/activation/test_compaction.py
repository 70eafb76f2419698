"""What stays of a cache, as ARKV chooses it; and routing by pooled keys."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memory_os.activation.compaction import compacted, heavy_hitters, originality, plan
from memory_os.activation.routing import pooled, route, score
from memory_os.errors import InvalidInput
from tests.unit.activation.kv import made


def attention(tokens: int, window: int = 32, heads: int = 4, seed: int = 0) -> np.ndarray:
    scores = np.random.default_rng(seed).standard_normal((heads, window, tokens)) * 2
    shares = np.exp(scores)
    return (shares / shares.sum(axis=-1, keepdims=True)).astype(np.float32)


def test_originality_is_the_product_of_three_roots() -> None:
    layer = attention(100)
    past = layer[:, :, :68].astype(np.float64)
    entropy = -(past * np.log(past)).sum()
    spread = past - past.mean(axis=1, keepdims=True)
    variance = (spread**2).mean(axis=1)
    kurtosis = ((spread**4).mean(axis=1) / variance**2).mean()
    wanted = entropy ** (1 / 7.774) * variance.mean() ** (1 / 5.407) * kurtosis ** (1 / 5.528)
    assert originality(layer) == pytest.approx(wanted, rel=1e-6)


def test_a_token_that_all_look_at_is_a_heavy_hitter() -> None:
    layer = attention(100)
    layer[:, :, 40] += 0.5
    scores = heavy_hitters(layer, 2)
    assert scores.shape == (68,)
    assert abs(int(scores.argmax()) - 40) <= 2
    with pytest.raises(InvalidInput, match="share"):
        heavy_hitters(layer, 3)


@given(st.integers(33, 300), st.integers(33, 200), st.integers(0, 5))
@settings(deadline=None, max_examples=60)
def test_a_plan_keeps_to_its_capacity_and_to_the_window(
    tokens: int, capacity: int, seed: int
) -> None:
    layers = [attention(tokens, seed=seed), attention(tokens, seed=seed + 1)]
    for kept in plan(layers, 2, capacity):
        assert not set(kept.original) & set(kept.quantised)
        assert len(kept.original) <= max(capacity, 32)
        assert set(range(tokens - 32, tokens)) <= set(kept.original)
        if tokens <= capacity:
            assert len(kept.original) == tokens
        else:
            assert len(kept.places) == int((tokens - 32) * 0.75) + 32


def test_the_layer_with_most_originality_keeps_most() -> None:
    flat = np.full((4, 32, 200), 1 / 200, np.float32)
    kept = plan([attention(200), flat], 2, 100)
    assert len(kept[0].original) > len(kept[1].original)
    with pytest.raises(InvalidInput, match="exceed the window"):
        plan([flat], 2, 32)
    with pytest.raises(InvalidInput, match="one shape"):
        plan([flat, attention(100)], 2, 50)


def test_what_stays_original_is_exact_and_the_rest_is_near() -> None:
    layers = made(200)
    kept = plan([attention(200), attention(200, seed=1)], 2, 100)
    for at, (keys, values) in enumerate(compacted(layers, kept)):
        assert keys.shape == values.shape == (2, len(kept[at].places), 16)
        exact = np.isin(kept[at].places, kept[at].original)
        wanted = layers.keys[at][:, kept[at].places]
        assert np.array_equal(keys[:, exact], wanted[:, exact])
        assert 0 < np.abs(keys - wanted).max() < 5.0
    with pytest.raises(InvalidInput, match="plans for"):
        compacted(layers, kept[:1])


def test_the_document_that_holds_the_keys_is_routed_to_first() -> None:
    chance = np.random.default_rng(0)
    documents = {
        f"d{number:02}": chance.standard_normal((2, 300, 16)).astype(np.float32)
        for number in range(30)
    }
    documents["d07"][:, 128:192] = chance.standard_normal((2, 1, 16)) * 2
    query = np.repeat(documents["d07"][:, 130:132], 2, axis=0)
    pools = {name: pooled(keys) for name, keys in documents.items()}
    found = route(query, pools)
    assert (found[0].id, found[0].pool, len(found)) == ("d07", 2, 16)
    assert found[0].score == pytest.approx(1.0, abs=1e-5)
    assert all(-1.001 <= each.score <= found[0].score for each in found)
    assert pools["d00"].shape == (2, 5, 16)
    with pytest.raises(InvalidInput, match="a query"):
        score(query[:3], pools["d00"])
    with pytest.raises(InvalidInput, match="one token"):
        pooled(np.zeros((2, 0, 16), np.float32))
