"""Workers as the doors run them: in the service's process, or in one of their own."""

import logging
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from types import FrameType

from memory_os.domain.jobs import Job
from memory_os.kernel.memory_os import MemoryOS
from memory_os.kernel.parts import Rules
from memory_os.scheduler.worker import Worker
from memory_os_api.container import Choices, open_kernel
from memory_os_api.job_metrics import JobMetrics
from memory_os_api.logs import log_failure, start_logging
from memory_os_api.settings import configured_secret

LOG = logging.getLogger("memory_os_api.working")


def served() -> Choices:
    """Return how a store is opened to be served or worked on, with the secret that is set.

    Raises:
        ConfigurationError: the secret is none.
    """
    return Choices(rules=Rules(follow_up=True), secret=configured_secret())


"""A kernel whose writes queue the work that follows them."""


class Watch:
    """Log what a worker does, without whose memory it was, and measure it."""

    def __init__(self, metrics: JobMetrics | None = None) -> None:
        self._metrics = metrics

    def left(self, job: Job, outcome: str, seconds: float) -> None:
        """Note that a job was left."""
        if self._metrics is not None:
            self._metrics.left(job, outcome, seconds)
        facts = {
            "job": job.id,
            "kind": job.kind,
            "attempt": job.attempts,
            "outcome": outcome,
            "ms": round(seconds * 1000, 3),
        }
        level = logging.WARNING if outcome in ("failed", "dead", "lost") else logging.INFO
        LOG.log(level, "job", extra={"facts": facts})

    def failed(self, error: Exception) -> None:
        """Note that the store could not be asked for work."""
        log_failure(error, "worker")


def worker_of(kernel: MemoryOS, metrics: JobMetrics | None = None) -> Worker:
    """Return a worker with a name of its own."""
    return Worker(kernel, kernel.parts.ids.new("worker"), observer=Watch(metrics))


@contextmanager
def working(kernel: MemoryOS, metrics: JobMetrics) -> Iterator[None]:
    """Have a worker in a thread until the block ends; its last job is finished or given back."""
    stop = Event()
    worker = worker_of(kernel, metrics)
    thread = Thread(target=worker.run, args=(stop,), name="memory-os-worker")
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def work(
    database: str,
    log_level: str,
    begun: Callable[[str], None] | None = None,
) -> None:
    """Work on a database until SIGTERM or SIGINT; ``begun`` is told the worker's name.

    Raises:
        StoreError: the database cannot be opened.
    """
    start_logging(log_level)
    kernel = open_kernel(database, served())
    try:
        worker, stop = worker_of(kernel), Event()

        def end(sent: int, frame: FrameType | None) -> None:  # noqa: ARG001
            stop.set()

        before = {each: signal.signal(each, end) for each in (signal.SIGTERM, signal.SIGINT)}
        try:
            LOG.info("working", extra={"facts": {"worker": worker.name}})
            if begun is not None:
                begun(worker.name)
            worker.run(stop)
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)
    finally:
        kernel.close()
        LOG.info("closed")


def work_once(database: str, log_level: str) -> list[Job]:
    """Do what is due in a database and return the jobs as they were left.

    Raises:
        StoreError: the database cannot be opened.
    """
    start_logging(log_level)
    kernel = open_kernel(database, served())
    try:
        return worker_of(kernel).run_due()
    finally:
        kernel.close()
