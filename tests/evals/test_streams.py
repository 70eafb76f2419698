import numpy as np
import pytest

from memory_os_evals.streams import stream


def test_a_stream_depends_on_its_address_alone() -> None:
    stream(3, "other").uniforms(1000)
    assert (stream(3, "a", 1).uniforms(50) == stream(3, "a", 1).uniforms(50)).all()


@pytest.mark.parametrize(
    "other", [(4, "a", "b"), (3, "a", "c"), (3, "ab"), (3, "a"), (3, "b", "a"), (3, "a", "b", 0)]
)
def test_another_address_is_another_stream(other: tuple[int, ...]) -> None:
    assert not (stream(3, "a", "b").uniforms(8) == stream(*other).uniforms(8)).any()


def test_the_numbers_stay_the_same_for_ever() -> None:
    assert stream(0, "bootstrap", "locomo").integers(8, 100).tolist() == [
        69, 31, 32, 32, 50, 83, 2, 11,
    ]  # fmt: skip


def test_uniforms_are_even_and_integers_are_below_their_bound() -> None:
    drawn = stream(0, "even").uniforms(100_000)
    assert drawn.min() >= 0
    assert drawn.max() < 1
    assert abs(drawn.mean() - 0.5) < 0.005
    counts = np.bincount(stream(0, "whole").integers(70_000, 7))
    assert len(counts) == 7
    assert counts.min() > 9_500


def test_an_order_holds_every_number_once() -> None:
    assert sorted(stream(0, "order").order(100)) == list(range(100))
