"""Vectors in few bits, lists, and the share of the true neighbours that they find."""

import numpy as np
import pytest

from memory_os.ports.recall_index import Purge
from memory_os.testing.recall_index import message
from memory_os_stores.faiss.dense import DenseEngine
from memory_os_stores.faiss.row_store import RowStore
from memory_os_stores.gate import Gate
from memory_os_stores.recall.directory import Rows as Headers
from memory_os_stores.recall.index import EmbeddedRecallIndex
from memory_os_stores.recall.past import Past
from memory_os_stores.recall.visible import Visible

WIDE, MANY, LIMIT = 64, 12_000, 100


def headers(size: int) -> Headers:
    empty = np.empty((0, size))
    return Headers(size, empty, empty, empty, Past.empty().now)


def clustered(count: int, wide: int = WIDE, seed: int = 0) -> np.ndarray:
    """Return unit vectors around centres of their own topics, as embedded text has them."""
    draw = np.random.default_rng(seed)
    centres = draw.normal(size=(60, wide))
    vectors = centres[draw.integers(0, 60, count)] + 1.2 * draw.normal(size=(count, wide))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def engine(vectors: np.ndarray, exact: int = 1000, late: int = 500) -> DenseEngine:
    made = DenseEngine(RowStore(vectors.shape[1]), None, Gate(), exact=exact, late=late)
    for first in range(0, len(vectors), 700):
        made.store.append(vectors[first : first + 700])
        made.settle()
    return made


@pytest.fixture(scope="module")
def large() -> tuple[np.ndarray, DenseEngine]:
    vectors = clustered(MANY)
    return vectors, engine(vectors)


def recall(
    vectors: np.ndarray, made: DenseEngine, mask: np.ndarray | None, queries: int = 40
) -> float:
    now, seen = made.now, Visible(headers(len(vectors)), mask)
    shares = []
    for query in clustered(queries, vectors.shape[1], seed=1):
        cosines = vectors @ query
        if mask is not None:
            cosines[~mask] = -9
        wanted = set(np.argsort(-cosines, kind="stable")[:LIMIT].tolist())
        slots, scores = now.rank(query, seen, LIMIT)
        assert slots.size == np.unique(slots).size == LIMIT
        assert np.allclose(scores, cosines[slots], atol=5e-4)
        assert (np.diff(scores) <= 0).all()
        shares.append(len(wanted & set(slots.tolist())) / LIMIT)
    return float(np.mean(shares))


@pytest.mark.parametrize("compact", [False, True])
@pytest.mark.parametrize("wide", [8, 63, 256])
def test_vectors_come_back_as_they_were(*, wide: int, compact: bool) -> None:
    vectors = np.concatenate((clustered(300, wide), np.zeros((1, wide), np.float32)))
    store = RowStore(wide)
    store.append(vectors[:200])
    if compact:
        store.shrink()
        store.shrink()
    store.append(vectors[200:])
    slots = np.random.default_rng(2).permutation(301)
    for held in (store, RowStore(wide, store.arrays())):
        rows = held.now
        assert (rows.size, rows.dimensions) == (301, wide)
        assert np.abs(rows.vectors(slots) - vectors[slots]).max() < 6e-4
        products = rows.products(vectors[5], slots)
        assert np.abs(products - vectors[slots] @ vectors[5]).max() < 6e-4
    left = store.compacted(np.arange(0, 301, 3)).now
    assert np.abs(left.vectors(np.array([100])) - vectors[300]).max() == 0
    assert left.size == 101


@pytest.mark.parametrize("compact", [False, True])
def test_the_best_rows_are_the_best_even_where_all_are_alike(*, compact: bool) -> None:
    query = clustered(1)[0]
    near = query + 0.002 * np.random.default_rng(4).normal(size=(3000, WIDE))
    vectors = (near / np.linalg.norm(near, axis=1, keepdims=True)).astype(np.float32)
    store = RowStore(WIDE)
    store.append(vectors)
    if compact:
        store.shrink()
    for slots in (np.arange(3000), np.arange(0, 3000, 2), np.arange(7, 19)):
        found, scores = store.now.best(query, slots, 20)
        by_rows = store.now.products(query, slots)
        assert np.allclose(scores, np.sort(by_rows)[::-1][:20], atol=1e-6)
        assert np.isin(found, slots).all()


def test_lists_find_the_true_neighbours(large: tuple[np.ndarray, DenseEngine]) -> None:
    vectors, made = large
    assert made.inverted is not None
    assert made.inverted.covered > MANY - 500
    assert recall(vectors, made, None) >= 0.98


@pytest.mark.parametrize("share", [0.7, 0.3, 0.15])
def test_lists_find_them_in_a_part(large: tuple[np.ndarray, DenseEngine], share: float) -> None:
    vectors, made = large
    mask = np.random.default_rng(5).random(MANY) < share
    assert recall(vectors, made, mask) >= 0.98


def test_lists_find_them_in_a_scope_with_topics_of_its_own(
    large: tuple[np.ndarray, DenseEngine],
) -> None:
    vectors, made = large
    mask = (vectors @ clustered(1, seed=9)[0]) > 0.05
    assert 1000 < mask.sum() < MANY / 2
    assert recall(vectors, made, mask) >= 0.98


def test_lists_find_them_where_the_nearest_are_not_to_be_seen(
    large: tuple[np.ndarray, DenseEngine],
) -> None:
    vectors, made = large
    for query in clustered(5, seed=1):
        cosines = vectors @ query
        mask = cosines < np.quantile(cosines, 0.9)
        slots, _ = made.now.rank(query, Visible(headers(MANY), mask), LIMIT)
        assert mask[slots].all()
        wanted = np.argsort(np.where(mask, -cosines, 9))[:LIMIT]
        assert len(set(wanted.tolist()) & set(slots.tolist())) >= 0.9 * LIMIT


def test_a_small_scope_in_a_large_index_is_searched_exactly(
    large: tuple[np.ndarray, DenseEngine],
) -> None:
    vectors, made = large
    mask = np.zeros(MANY, np.bool_)
    mask[np.random.default_rng(6).permutation(MANY)[:800]] = True
    assert recall(vectors, made, mask) >= 0.999


def test_more_may_be_asked_for_than_lists_would_tell(
    large: tuple[np.ndarray, DenseEngine],
) -> None:
    vectors, made = large
    seen = Visible(headers(MANY), None)
    slots, _ = made.now.rank(vectors[0], seen, MANY + 5)
    assert np.sort(slots).tolist() == list(range(MANY))


def test_what_was_removed_is_not_found_and_the_rest_is() -> None:
    vectors = clustered(4000)
    made = engine(vectors)
    kept = np.flatnonzero(np.random.default_rng(7).random(4000) < 0.7)
    left = made.compacted(kept)
    assert recall(vectors[kept], left, None) >= 0.98
    left.store.append(vectors[:600])
    left.settle()
    assert recall(np.concatenate((vectors[kept], vectors[:600])), left, None) >= 0.98
    assert recall(vectors, made, None) >= 0.98


def test_lists_are_chosen_anew_when_they_are_outgrown() -> None:
    made = engine(clustered(1400), exact=300)
    first = made.inverted
    assert first is not None
    made.store.append(clustered(4 * first.trained, seed=3))
    assert made.settle()
    assert made.inverted is not first
    assert made.inverted is not None
    assert made.inverted.trained == made.store.now.size
    assert not made.settle()


def test_a_reader_keeps_what_it_has_while_vectors_come_and_go() -> None:
    vectors = clustered(3000)
    index = EmbeddedRecallIndex(WIDE)
    index.apply([message(n, vector=vector) for n, vector in enumerate(vectors)], 1)
    store = index._contents.dense.store
    held = store.now
    before = held.vectors(np.arange(3000)).copy()
    store.shrink()
    store.append(vectors)
    index.apply([Purge("mem_1")], 2)
    assert np.array_equal(held.vectors(np.arange(3000)), before)
