"""Intervals and percentiles: how sure a printed number is."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from memory_os_evals.streams import Stream

LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Interval:
    """The ends of a 95 % interval."""

    low: float
    high: float


class ClusterBootstrap:
    """Resample whole clusters, so that questions of one conversation are not taken for independent.

    Percentile bootstrap (Efron and Tibshirani, *An Introduction to the Bootstrap*, 1993, chapter
    13) of the mean over items, with clusters as the units that are drawn. Every call on one object
    uses the same draws: intervals of several metrics and arms are comparable, and a difference of
    two arms is a paired difference. With few clusters the interval is too narrow rather than too
    wide (Cameron, Gelbach and Miller, 2008), so the number of clusters belongs beside it.
    """

    def __init__(self, clusters: Sequence[str], stream: Stream, draws: int = 10_000) -> None:
        names = {name: index for index, name in enumerate(dict.fromkeys(clusters))}
        self.clusters = len(names)
        self._of_item = np.array([names[name] for name in clusters], dtype=np.int64)
        self._drawn = _drawn(self.clusters, draws, stream)
        self._sizes = self._drawn @ np.bincount(self._of_item, minlength=self.clusters)

    def interval(self, values: Sequence[float]) -> Interval | None:
        """Return the interval of the mean of ``values``, one an item; None under two clusters."""
        if self.clusters < 2:
            return None
        sums = np.bincount(self._of_item, weights=np.asarray(values), minlength=self.clusters)
        means = (self._drawn @ sums) / self._sizes
        tail = 100 * (1 - LEVEL) / 2
        low, high = np.percentile(means, [tail, 100 - tail])
        return Interval(float(low), float(high))


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the value below which ``percent`` of 100 lie, linearly interpolated; 0 of nothing."""
    return float(np.percentile(values, percent)) if values else 0.0


def mean(values: Sequence[float]) -> float:
    """Return the arithmetic mean; 0 of nothing."""
    return float(np.mean(values)) if values else 0.0


def _drawn(clusters: int, draws: int, stream: Stream) -> npt.NDArray[np.float64]:
    """Return how often each cluster was drawn: one row a draw, ``clusters`` draws in each."""
    counts = np.zeros((draws, clusters))
    rows = np.repeat(np.arange(draws), clusters)
    np.add.at(counts, (rows, stream.integers(draws * clusters, clusters)), 1.0)
    return counts
