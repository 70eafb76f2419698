"""Growing arrays and choosing the best of many."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from memory_os_stores.columns import best, grown, spans

few_values = st.integers(-3, 3).map(float)
scores = arrays(np.float32, st.integers(0, 900), elements=few_values)


@given(scores, st.integers(0, 40))
def test_the_best_come_first_and_ties_in_their_order(values: np.ndarray, limit: int) -> None:
    wanted = sorted(range(values.size), key=lambda place: (-values[place], place))[:limit]
    assert best(values, limit).tolist() == wanted


def test_the_best_of_very_many_are_the_best() -> None:
    values = np.random.default_rng(1).normal(size=50_000).astype(np.float32)
    assert best(values, 200).tolist() == np.argsort(-values, kind="stable")[:200].tolist()


def test_an_array_grows_without_touching_the_one_that_readers_hold() -> None:
    first = np.arange(5)
    same = grown(first, 3, 5)
    larger = grown(first, 3, 6)
    assert same is first
    assert larger.size >= 64
    assert larger[:3].tolist() == [0, 1, 2]
    larger[0] = 9
    assert first.tolist() == [0, 1, 2, 3, 4]


def test_rows_grow_along_their_last_axis() -> None:
    table = grown(np.ones((2, 3), np.int8), 3, 4)
    assert table.shape == (2, 64)
    assert table[:, :3].tolist() == [[1, 1, 1], [1, 1, 1]]


def test_spans_are_told_one_after_the_other() -> None:
    starts, stops = np.array([4, 7, 7, 0]), np.array([6, 7, 9, 1])
    assert spans(starts, stops).tolist() == [4, 5, 7, 8, 0]
    assert spans(starts[:0], stops[:0]).size == 0
