"""Postings and forward index: two ways to one answer, and BM25 by the book."""

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory_os_stores.sparse import matches
from memory_os_stores.sparse.bm25 import rank
from memory_os_stores.sparse.forward import ForwardIndex
from memory_os_stores.sparse.matches import Posting, Postings, Wanted
from memory_os_stores.sparse.segment import Segment

TERMS = 6
documents = st.lists(st.lists(st.integers(0, TERMS - 1), max_size=8), min_size=1, max_size=30)


@dataclass
class Seen:
    mask: np.ndarray | None
    size: int
    slots: np.ndarray = field(init=False)
    count: int = field(init=False)

    def __post_init__(self) -> None:
        whole = self.mask is None
        self.slots = np.arange(self.size) if whole else np.flatnonzero(self.mask)
        self.count = self.slots.size


def indexed(texts: list[list[int]], cuts: tuple[int, ...] = ()) -> tuple[ForwardIndex, Segment]:
    """Index the texts, taking them into the segment at each of ``cuts``."""
    forward, segment = ForwardIndex(), Segment.empty()
    for slot, text in enumerate(texts):
        occurring = Counter(text)
        forward.append([len(occurring)], list(occurring), list(occurring.values()))
        if slot + 1 in cuts:
            segment = segment.extended(forward.now, TERMS)
    return forward, segment


def told(found: list[Posting], terms: list[int]) -> list[dict[int, int]]:
    merged: list[dict[int, int]] = [{} for _ in terms]
    for posting in found:
        pairs = zip(posting.slots.tolist(), posting.counts.tolist(), strict=True)
        merged[posting.column].update(pairs)
    return merged


@given(
    documents,
    st.sets(st.integers(1, 30)),
    st.lists(st.integers(-2, TERMS + 1), unique=True, max_size=5),
    st.randoms(use_true_random=False),
    st.sampled_from((0.0, 1e9)),
)
def test_both_ways_find_what_is_there(
    texts: list[list[int]], cuts: set[int], terms: list[int], draw: object, cost: float
) -> None:
    forward, segment = indexed(texts, tuple(cuts))
    mask = np.array([draw.random() < 0.6 for _ in texts])
    postings = Postings(forward.now, segment, TERMS)
    wanted = Wanted(np.array(terms, np.int64), TERMS)
    for seen in (Seen(mask, len(texts)), Seen(None, len(texts))):
        expected = [
            {slot: texts[slot].count(term) for slot in seen.slots.tolist() if term in texts[slot]}
            for term in terms
        ]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(matches, "_FORWARD_COST", cost)
            assert told(postings.find(wanted, seen), terms) == expected
    every = np.arange(len(texts))[::-1]
    counts = [[texts[slot].count(term) for term in terms] for slot in every.tolist()]
    assert postings.counts(wanted, every).tolist() == counts


@given(documents, st.sets(st.integers(1, 30)), st.randoms(use_true_random=False))
def test_what_was_removed_leaves_no_trace(
    texts: list[list[int]], cuts: set[int], draw: object
) -> None:
    forward, segment = indexed(texts, tuple(cuts))
    kept = np.flatnonzero([draw.random() < 0.6 for _ in texts])
    left = [texts[slot] for slot in kept.tolist()]
    compacted = segment.compacted(kept, len(texts))
    postings = Postings(forward.compacted(kept).now, compacted, TERMS)
    wanted = Wanted(np.arange(TERMS), TERMS)
    expected = [
        {slot: text.count(term) for slot, text in enumerate(left) if term in text}
        for term in range(TERMS)
    ]
    assert told(postings.find(wanted, Seen(None, len(left))), list(range(TERMS))) == expected
    assert compacted.slots.size == sum(len(set(text)) for text in left[: compacted.size])


@pytest.mark.parametrize("times", [255, 256, 70_000])
def test_a_word_may_occur_very_often(times: int) -> None:
    forward, segment = indexed([[0], [1] * times, [1]], (2,))
    forward.append([1], [1], [2])
    postings = Postings(forward.now, segment.extended(forward.now, TERMS), TERMS)
    found = told(postings.find(Wanted(np.array([1]), TERMS), Seen(None, 4)), [1])
    assert found == [{1: times, 2: 1, 3: 2}]


def test_bm25_is_bm25() -> None:
    draw = np.random.default_rng(3)
    texts = [draw.integers(0, TERMS, size=draw.integers(0, 20)).tolist() for _ in range(200)]
    forward, segment = indexed(texts, (150,))
    lengths = np.array([len(text) for text in texts], np.int32)
    weights = np.array([0.5, 0.0, 2.0, 1.0, -1.0, 3.0], np.float32)
    mean, k1, b = float(lengths.mean()), 1.4, 0.6
    expected = [
        sum(
            float(weights[term])
            * text.count(term)
            * (k1 + 1)
            / (text.count(term) + k1 * (1 - b + b * len(text) / mean))
            for term in set(text)
        )
        for text in texts
    ]
    wanted = Wanted(np.arange(TERMS), TERMS)
    found = Postings(forward.now, segment, TERMS).find(wanted, Seen(None, len(texts)))
    slots, scores = rank(found, weights, lengths, mean, limit=50, k1=k1, b=b)
    order = sorted(range(len(texts)), key=lambda slot: -expected[slot])[:50]
    assert np.allclose(scores, [expected[slot] for slot in order], atol=1e-4)
    assert np.allclose(scores, [expected[slot] for slot in slots], atol=1e-4)


def test_bm25_tells_no_chunk_without_a_term() -> None:
    slots, _ = rank([], np.ones(1, np.float32), np.ones(4, np.int32), 1.0, limit=3, k1=1.2, b=0.75)
    assert not slots.size
