"""The queue in SQL against a dict: two workers, a clock that jumps, crashes, cancelling callers."""

from datetime import datetime, timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from memory_os.domain.access import DEFAULT_TENANT
from memory_os.domain.jobs import OVER, Hold, Job, JobCost, JobPriority, JobState, Outcome
from memory_os.domain.writing import Enqueue, Held, Write
from memory_os.errors import Conflict, LeaseLost, NotFound
from memory_os.testing.cubes import START
from memory_os.testing.jobs import LEASE, QueueModel, hold, job
from memory_os_stores.sql import SqlCubeStore

TENANTS = (DEFAULT_TENANT, "other")
WORKERS = st.sampled_from(("ann", "bob"))
STEPS = st.sampled_from((timedelta(0), timedelta(seconds=7), LEASE / 3, LEASE, 5 * LEASE))
PLACES = st.integers(0, 10_000)
OUTCOMES = st.sampled_from(
    (
        Outcome(JobState.DONE, JobCost(0.25), {"done": 1}),
        Outcome(JobState.DEAD, error="no"),
        Outcome(JobState.QUEUED, JobCost(1.0), error="not yet", run_after=START + LEASE),
        Outcome(JobState.QUEUED, run_after=START, counts=False),
    )
)


class QueueMachine(RuleBasedStateMachine):
    """Do the same to the queue and to the model, and compare."""

    def __init__(self) -> None:
        super().__init__()
        self.store = SqlCubeStore.open("sqlite://")
        self.queue = self.store.jobs
        self.model = QueueModel()
        self.now: datetime = START
        self.holds: list[Hold] = []
        self.made = 0
        self.seen: set[tuple[str, str]] = set()

    def teardown(self) -> None:
        self.no_job_is_stuck()
        self.store.close()

    def pick(self, place: int) -> Job:
        kept = list(self.model.jobs.values())
        return kept[place % len(kept)]

    @rule(step=STEPS)
    def time_passes(self, step: timedelta) -> None:
        self.now += step

    @rule(
        tenant=st.sampled_from(TENANTS),
        key=st.integers(1, 12),
        priority=st.sampled_from(JobPriority),
        delay=STEPS,
        by_write=st.booleans(),
    )
    def enqueue(
        self, tenant: str, key: int, priority: JobPriority, delay: timedelta, by_write: bool
    ) -> None:
        self.made += 1
        after = self.now + delay
        new = job(self.made, f"k{key}", tenant=tenant, after=after, priority=priority)
        kept = self.model.enqueue(new)
        if by_write:
            self.store.write(Write(tenant, self.now, (Enqueue(new),)))
        else:
            assert self.queue.enqueue(tenant, [new]) == ([new] if kept else [])
        if kept:
            self.seen.add((tenant, new.id))

    @rule(worker=WORKERS)
    def lease(self, worker: str) -> None:
        until = self.now + LEASE
        expected = self.model.lease(worker, self.now, until)
        given = self.queue.lease(worker, self.now, until)
        assert (given is None) == (expected is None)
        if given is not None:
            self.holds.append(hold(given))

    @precondition(lambda self: self.holds)
    @rule(place=PLACES)
    def beat(self, place: int) -> None:
        held, until = self.holds[place % len(self.holds)], self.now + LEASE
        good = self.model.extend(held, until)
        assert good == _passes(lambda: self.queue.extend(held, self.now, until))

    @precondition(lambda self: self.holds)
    @rule(place=PLACES, outcome=OUTCOMES)
    def settle(self, place: int, outcome: Outcome) -> None:
        held = self.holds[place % len(self.holds)]
        good = self.model.settle(held, outcome, self.now)
        assert good == _passes(lambda: self.queue.settle(held, outcome, self.now))

    @precondition(lambda self: self.holds)
    @rule(place=PLACES)
    def write_under_a_hold(self, place: int) -> None:
        held = self.holds[place % len(self.holds)]
        write = Write(held.tenant_id, self.now, (Held(held),))
        assert self.model.good(held) == _passes(lambda: self.store.write(write))

    @precondition(lambda self: self.model.jobs)
    @rule(place=PLACES, tenant=st.sampled_from(TENANTS))
    def cancel(self, place: int, tenant: str) -> None:
        target = self.pick(place)
        done = self.model.cancel((tenant, target.id), self.now)
        assert done == _passes(lambda: self.queue.cancel(tenant, target.id, self.now, "a", ""))

    @precondition(lambda self: self.model.jobs)
    @rule(place=PLACES)
    def retry(self, place: int) -> None:
        target = self.pick(place)
        tenant = target.tenant_id
        done = self.model.retry((tenant, target.id), self.now)
        assert done == _passes(lambda: self.queue.retry(tenant, target.id, self.now, "a", ""))

    @invariant()
    def both_hold_the_same(self) -> None:
        assert set(self.model.jobs) == self.seen
        for (tenant, job_id), expected in self.model.jobs.items():
            kept = self.queue.get(tenant, job_id)
            assert kept is not None, "a job was lost"
            for name in ("state", "attempts", "fence", "lease_owner", "lease_until", "run_after"):
                assert getattr(kept, name) == getattr(expected, name), name
            assert (kept.cost, kept.result) == (expected.cost, expected.result)
            assert kept.finished_at == expected.finished_at

    @invariant()
    def one_worker_at_most_holds_a_job(self) -> None:
        good = [(held.tenant_id, held.job_id) for held in self.holds if self.model.good(held)]
        assert len(good) == len(set(good))

    def no_job_is_stuck(self) -> None:
        """Give every lease the time to end: one worker then finishes all that there is."""
        far = self.now + 1_000 * LEASE
        while (given := self.queue.lease("last", far, far + LEASE)) is not None:
            self.queue.settle(hold(given), Outcome(JobState.DONE), far)
        for tenant, job_id in self.seen:
            kept = self.queue.get(tenant, job_id)
            assert kept is not None
            assert kept.state in OVER


def _passes(act: object) -> bool:
    try:
        act()  # type: ignore[operator]
    except (LeaseLost, Conflict, NotFound):
        return False
    return True


TestQueueMachine = QueueMachine.TestCase
TestQueueMachine.settings = settings(
    max_examples=25,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
