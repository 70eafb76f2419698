"""The worker: queue what is due, take a job, do it, leave it; and again until told to stop."""

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Event
from typing import Protocol

from memory_os.domain.jobs import Hold, Job, JobCost, JobState, Mark, Outcome
from memory_os.errors import LeaseLost, MemoryOSError, ModelFailed
from memory_os.kernel.memory_os import MemoryOS
from memory_os.scheduler.chores import CHORES, IDLE, TIMERS, Doing, Idle
from memory_os.scheduler.due import Slot, Timer, due, next_look
from memory_os.scheduler.retry import BACKOFF, Backoff, after_failure, chance
from memory_os.scheduler.turn import Heart, Stopping, Turn

_ERROR_CHARS = 500


class Observer(Protocol):
    """Be told what workers do, for logs and metrics; never whose memory it was."""

    def left(self, job: Job, outcome: str, seconds: float) -> None:
        """Note that a job was left: done, failed, dead, released or lost."""
        ...

    def failed(self, error: Exception) -> None:
        """Note that the store could not be asked for work."""
        ...


class Silent:
    """Tell nobody."""

    def left(self, job: Job, outcome: str, seconds: float) -> None:
        """Do nothing."""

    def failed(self, error: Exception) -> None:
        """Do nothing."""


@dataclass(frozen=True, slots=True)
class WorkerRules:
    """How a worker works.

    It holds a job for ``lease`` and extends that every ``heartbeat``; without ``heartbeats``,
    for deterministic runs, never. With nothing to do it looks again after ``poll``, and after
    ``rest`` where the store failed. ``seed`` decides the jitter of pauses after failures.
    """

    lease: timedelta = timedelta(seconds=60)
    heartbeat: timedelta = timedelta(seconds=20)
    heartbeats: bool = True
    poll: timedelta = timedelta(seconds=1)
    rest: timedelta = timedelta(seconds=5)
    backoff: Backoff = BACKOFF
    seed: int = 0


@dataclass(slots=True)
class _Looked:
    """What a worker remembers between two looks at the timers."""

    at: datetime | None = None
    marks: dict[str, dict[str, Mark]] = field(default_factory=dict)


class Worker:
    """Do jobs of every tenant, one at a time; many workers share a queue."""

    def __init__(
        self,
        kernel: MemoryOS,
        name: str,
        *,
        rules: WorkerRules | None = None,
        chores: Mapping[str, Doing] = CHORES,
        timers: Sequence[Timer] = TIMERS,
        idle: Mapping[str, Idle] = IDLE,
        observer: Observer | None = None,
    ) -> None:
        self.name = name
        self._kernel = kernel
        self._queue = kernel.parts.jobs
        self._clock = kernel.parts.clock
        self._rules = rules or WorkerRules()
        self._chores = chores
        self._timers = timers
        self._idle = idle
        self._observer = observer or Silent()
        self._looked = _Looked()

    def run(self, stop: Event) -> None:
        """Work until ``stop`` is set; the job at hand is finished or goes back to the queue."""
        while not stop.is_set():
            try:
                self.fill()
                found = self.step(stop)
            except MemoryOSError as error:
                self._observer.failed(error)
                stop.wait(self._rules.rest.total_seconds())
                continue
            if found is None:
                stop.wait(self._rules.poll.total_seconds())

    def run_due(self, limit: int = 10_000) -> list[Job]:
        """Queue what is due and do everything that is, at most ``limit`` jobs, in this thread."""
        self.fill()
        done: list[Job] = []
        while len(done) < limit and (job := self.step()) is not None:
            done.append(job)
        return done

    def fill(self) -> list[Job]:
        """Queue the jobs of timers whose time has come, in every tenant; return the new ones."""
        now = self._clock.now()
        looked = self._looked
        if looked.at is not None and now < looked.at:
            return []
        queued = [
            job
            for tenant_id in self._kernel.parts.store.tenants()
            for job in self._fill(tenant_id, now)
        ]
        looked.at = next_look(self._timers, now)
        return queued

    def step(self, stop: Event | None = None) -> Job | None:
        """Take the next job that is due, do it and return how it was left; nothing if none is.

        One that was lost on the way comes back as this worker held it.
        """
        now = self._clock.now()
        if not self._queue.due(now):
            return None
        job = self._queue.lease(self.name, now, now + self._rules.lease)
        if job is None:
            return None
        hold = Hold(job.tenant_id, job.id, self.name, job.fence)
        turn = Turn(self._kernel, job, hold, stop or Event())
        outcome = self._outcome(turn, now)
        seconds = (self._clock.now() - now).total_seconds()
        try:
            if outcome is None:
                raise LeaseLost(f"job {job.id!r} is in other hands", id=job.id)
            left = self._queue.settle(hold, outcome, self._clock.now())
        except LeaseLost:
            self._observer.left(job, "lost", seconds)
            return job
        self._observer.left(left, left.history[-1].event, seconds)
        return left

    def _outcome(self, turn: Turn, started: datetime) -> Outcome | None:
        """Do the job; nothing if its lease was lost."""
        job, rules = turn.job, self._rules
        heart = Heart(self._queue, self._clock, rules.lease, rules.heartbeat)
        try:
            with heart.beating(turn) if rules.heartbeats else nullcontext():
                result = self._chores[job.kind](turn)
        except Stopping:
            cost = self._cost(started)
            return Outcome(JobState.QUEUED, cost, run_after=self._clock.now(), counts=False)
        except LeaseLost:
            return None
        except Exception as error:  # whatever a chore raises is the job's, not the worker's
            now = self._clock.now()
            luck = chance(rules.seed, job)
            return after_failure(job, _said(error), self._cost(started), now, luck, rules.backoff)
        return Outcome(JobState.DONE, self._cost(started), result)

    def _cost(self, started: datetime) -> JobCost:
        return JobCost(max(0.0, (self._clock.now() - started).total_seconds()))

    def _fill(self, tenant_id: str, now: datetime) -> list[Job]:
        marks = self._looked.marks.get(tenant_id)
        if marks is None:
            marks = self._looked.marks[tenant_id] = self._queue.marks(tenant_id)
        slots = list(due(self._timers, marks, now))
        wanted = [one for one in slots if not self._nothing(tenant_id, one, now)]
        fresh = {one.timer.name: Mark(one.timer.name, one.at) for one in slots}
        queued: list[Job] = []
        if wanted:
            jobs = [self._job(tenant_id, one, now) for one in wanted]
            reached = [fresh[one.timer.name] for one in wanted]
            queued = self._queue.enqueue(tenant_id, jobs, reached)
        marks.update(fresh)
        return queued

    def _nothing(self, tenant_id: str, due_for: Slot, now: datetime) -> bool:
        """Tell whether the chore would find nothing to do, so that it needs no job."""
        idle = self._idle.get(due_for.timer.name)
        return idle is not None and idle(self._kernel, tenant_id, now)

    def _job(self, tenant_id: str, due_for: Slot, now: datetime) -> Job:
        timer = due_for.timer
        head = self._kernel.parts.store.head(tenant_id) if timer.growth else 0
        return Job(
            id=self._kernel.parts.ids.new("job"),
            tenant_id=tenant_id,
            kind=timer.chore.value,
            key=f"{timer.name}:grown:{head}" if timer.growth else due_for.key,
            run_after=due_for.at,
            created_at=now,
            priority=timer.priority,
            by=f"timer:{timer.name}",
        )


def _said(error: Exception) -> str:
    """Return what may be kept of an error: no text that a model or a library put into it."""
    if isinstance(error, MemoryOSError) and not isinstance(error, ModelFailed):
        return f"{error.code}: {error.message}"[:_ERROR_CHARS]
    return error.code if isinstance(error, ModelFailed) else type(error).__name__
