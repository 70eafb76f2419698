import numpy as np
import pytest

from memory_os_evals.statistics import ClusterBootstrap, mean, percentile
from memory_os_evals.streams import stream


def bootstrap(clusters: list[str], *, draws: int = 2_000) -> ClusterBootstrap:
    return ClusterBootstrap(clusters, stream(0, "test"), draws=draws)


def test_the_interval_of_equal_values_is_that_value() -> None:
    interval = bootstrap(["a", "b", "b", "c"]).interval([0.5, 0.5, 0.5, 0.5])
    assert interval is not None
    assert (interval.low, interval.high) == (0.5, 0.5)


def test_one_cluster_has_no_interval() -> None:
    assert bootstrap(["a", "a", "a"]).interval([0, 1, 0]) is None


def test_two_clusters_give_the_three_means_that_can_be_drawn() -> None:
    found = bootstrap(["a", "a", "a", "b"]).interval([0, 0, 0, 1])
    assert found is not None
    assert (found.low, found.high) == (0, 1)


def test_every_call_uses_the_same_draws_so_that_differences_are_paired() -> None:
    draws = bootstrap([str(n) for n in range(30)])
    values = stream(1, "values").uniforms(30)
    first, second = draws.interval(list(values)), draws.interval(list(values + 0.25))
    assert first is not None
    assert second is not None
    assert second.low - first.low == pytest.approx(0.25)
    assert second.high - first.high == pytest.approx(0.25)


def test_values_that_agree_inside_a_conversation_make_the_interval_wider() -> None:
    conversations = [str(n // 20) for n in range(200)]
    values = [float(n // 20 % 2) for n in range(200)]
    clustered = bootstrap(conversations).interval(values)
    naive = bootstrap([str(n) for n in range(200)]).interval(values)
    assert clustered is not None
    assert naive is not None
    assert clustered.high - clustered.low > 3 * (naive.high - naive.low)


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    clusters = [str(n // 5) for n in range(300)]
    held = 0
    for trial in range(400):
        chance = stream(trial, "coverage")
        shared = np.repeat(chance.uniforms(60), 5)
        values = (shared + chance.uniforms(300)) / 2
        draws = ClusterBootstrap(clusters, stream(trial, "draws"), draws=500)
        interval = draws.interval(list(values))
        assert interval is not None
        held += interval.low <= 0.5 <= interval.high
    assert 0.91 <= held / 400 <= 0.98


def test_percentiles_are_interpolated_and_nothing_gives_zero() -> None:
    assert percentile([1, 2, 3, 4], 50) == 2.5
    assert percentile([], 95) == 0
    assert mean([]) == 0
