"""One attempt at a job: what a chore is handed, and the heartbeat that keeps its lease."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Event, Thread

from memory_os.clock import Clock
from memory_os.domain.access import ROLE_RIGHTS, Principal, PrincipalKind, Role
from memory_os.domain.jobs import Hold, Job
from memory_os.errors import LeaseLost, StoreError
from memory_os.kernel.expiring import ACTOR
from memory_os.kernel.memory_os import MemoryOS
from memory_os.ports.job_queue import JobQueue


def platform(tenant_id: str) -> Principal:
    """Return who does the jobs of a tenant: the platform, with every right but the law's."""
    rights = ROLE_RIGHTS[Role.ADMIN]
    return Principal(tenant_id, ACTOR, PrincipalKind.OPERATOR, rights=rights)


class Stopping(Exception):
    """The worker was asked to stop: the chore leaves off, and the job goes back to the queue."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A job in the hands of a worker. ``stop`` and ``lost`` are looked at by ``check``."""

    kernel: MemoryOS
    job: Job
    hold: Hold
    stop: Event = field(default_factory=Event)
    lost: Event = field(default_factory=Event)

    @property
    def principal(self) -> Principal:
        """Return who acts."""
        return platform(self.job.tenant_id)

    def check(self) -> None:
        """Pass between two steps of a chore, each of which leaves things whole.

        Raises:
            Stopping: the worker is to stop. LeaseLost: the job is in other hands.
        """
        if self.lost.is_set():
            raise LeaseLost(f"job {self.job.id!r} is in other hands", id=self.job.id)
        if self.stop.is_set():
            raise Stopping


@dataclass(frozen=True, slots=True)
class Heart:
    """Extend a lease again and again from a thread while a chore runs.

    If the store fails for a moment the next beat tries again; if it goes on, the lease ends and
    another worker takes the job over.
    """

    queue: JobQueue
    clock: Clock
    lease: timedelta
    every: timedelta

    @contextmanager
    def beating(self, turn: Turn) -> Iterator[None]:
        """Keep the lease of ``turn`` until the block ends; set ``lost`` when it is lost."""
        over = Event()
        thread = Thread(target=self._beat, args=(turn, over), name="memory-os-heartbeat")
        thread.daemon = True
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _beat(self, turn: Turn, over: Event) -> None:
        while not over.wait(self.every.total_seconds()):
            now = self.clock.now()
            try:
                self.queue.extend(turn.hold, now, now + self.lease)
            except LeaseLost:
                turn.lost.set()
                return
            except StoreError:
                continue
