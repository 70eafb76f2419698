"""Prometheus metrics of background work: by kind alone, never by tenant or user."""

from collections.abc import Callable, Iterator, Mapping

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily

from memory_os.domain.jobs import Chore, Job, JobState

Counts = Callable[[], Mapping[tuple[str, JobState], int]]
_BUCKETS = (0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0)
_KINDS = frozenset(chore.value for chore in Chore)


class JobMetrics:
    """Count and time what this process's workers do, and ask the queue how much waits."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._counts: Counts | None = None
        self._left = Counter(
            "memory_os_jobs_left",
            "Jobs that this process's worker left, by how.",
            ("kind", "outcome"),
            registry=registry,
        )
        self._seconds = Histogram(
            "memory_os_job_seconds",
            "Seconds that an attempt at a job took.",
            ("kind",),
            buckets=_BUCKETS,
            registry=registry,
        )
        registry.register(self)

    def watch(self, counts: Counts) -> None:
        """Tell from where to learn how many jobs there are."""
        self._counts = counts

    def left(self, job: Job, outcome: str, seconds: float) -> None:
        """Note that a job was left."""
        kind = _label(job.kind)
        self._left.labels(kind, outcome).inc()
        self._seconds.labels(kind).observe(seconds)

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Name what ``collect`` gives, without asking the queue."""
        yield _family()

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Return how many jobs there are now, by kind and state."""
        family = _family()
        totals: dict[tuple[str, str], int] = {}
        for (kind, state), number in (self._counts() if self._counts else {}).items():
            place = (_label(kind), state.value)
            totals[place] = totals.get(place, 0) + number
        for place, number in sorted(totals.items()):
            family.add_metric(place, number)
        yield family


def _family() -> GaugeMetricFamily:
    return GaugeMetricFamily("memory_os_jobs", "Jobs in the queue.", labels=("kind", "state"))


def _label(kind: str) -> str:
    return kind if kind in _KINDS else "other"
