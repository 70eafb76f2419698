"""The conformance suite of ``JobQueue``: subclass it and give both fixtures."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from memory_os.domain.access import DEFAULT_TENANT
from memory_os.domain.jobs import (
    HISTORY,
    MOST_ATTEMPTS,
    Job,
    JobCost,
    JobPriority,
    JobState,
    JobsWanted,
    Mark,
    Outcome,
)
from memory_os.domain.writing import Enqueue, Held
from memory_os.errors import Conflict, InvalidInput, LeaseLost, NotFound
from memory_os.ports.cube_store import CubeStore
from memory_os.ports.job_queue import JobQueue
from memory_os.testing.cubes import EVERYONE, START, create, cube, write
from memory_os.testing.jobs import LEASE, hold, job

SECOND = timedelta(seconds=1)
DONE = Outcome(JobState.DONE, JobCost(0.5, 10, 0.01), {"merged": ["mem_1"]})


class JobQueueSuite:
    """Every sentence of the port.

    A subclass has a fixture ``queue``, which gives an empty one, and ``store``, the cube store
    that it lies beside.
    """

    def test_a_job_is_kept_whole(self, queue: JobQueue) -> None:
        given = job(1, targets=("mem_1", "mem_2"), priority=JobPriority.HIGH, dry_run=True)
        assert queue.enqueue(DEFAULT_TENANT, [given]) == [given]
        assert queue.get(DEFAULT_TENANT, given.id) == given
        assert queue.get("other", given.id) is None

    def test_a_key_is_taken_once_in_its_tenant_whatever_became_of_it(self, queue: JobQueue) -> None:
        first, again = job(1, "k"), job(2, "k")
        assert queue.enqueue(DEFAULT_TENANT, [first, again]) == [first]
        leave(queue, DONE)
        assert queue.enqueue(DEFAULT_TENANT, [again]) == []
        assert queue.enqueue("other", [job(3, "k", tenant="other")]) != []

    def test_a_job_is_due_from_when_it_may_run(self, queue: JobQueue) -> None:
        queue.enqueue(DEFAULT_TENANT, [job(1, after=START + SECOND)])
        assert not queue.due(START)
        assert queue.lease("w", START, START + LEASE) is None
        assert queue.due(START + SECOND)
        taken = lease(queue, START + SECOND)
        assert (taken.state, taken.attempts, taken.fence) == (JobState.RUNNING, 1, 1)
        assert (taken.lease_owner, taken.lease_until) == ("w", START + SECOND + LEASE)
        assert not queue.due(START + SECOND)
        assert queue.lease("v", START + SECOND, START + LEASE) is None

    def test_priority_goes_first_then_waiting(self, queue: JobQueue) -> None:
        jobs = [
            job(1, priority=JobPriority.LOW, after=START - 3 * SECOND),
            job(2),
            job(3, after=START - SECOND),
            job(4, priority=JobPriority.HIGH, tenant="other"),
        ]
        for each in jobs:
            queue.enqueue(each.tenant_id, [each])
        order = [lease(queue).id for _ in jobs]
        assert order == [jobs[place].id for place in (3, 2, 1, 0)]

    def test_what_is_done_says_what_it_did(self, queue: JobQueue) -> None:
        queue.enqueue(DEFAULT_TENANT, [job(1)])
        done = leave(queue, DONE, START + SECOND)
        assert done == queue.get(DEFAULT_TENANT, done.id)
        assert (done.state, done.finished_at) == (JobState.DONE, START + SECOND)
        assert (done.result, done.cost) == (DONE.result, DONE.cost)
        assert (done.lease_owner, done.lease_until) == (None, None)
        assert [event.event for event in done.history] == ["leased", "done"]
        assert not queue.due(START + timedelta(days=1))

    def test_what_failed_waits_and_adds_its_costs_up(self, queue: JobQueue) -> None:
        queue.enqueue(DEFAULT_TENANT, [job(1)])
        failed = Outcome(
            JobState.QUEUED, JobCost(1.5), error="model_failed: no", run_after=START + LEASE
        )
        waiting = leave(queue, failed)
        assert (waiting.state, waiting.attempts) == (JobState.QUEUED, 1)
        assert (waiting.error, waiting.run_after) == ("model_failed: no", START + LEASE)
        assert not queue.due(START + LEASE - SECOND)
        done = leave(queue, DONE, START + LEASE)
        assert (done.attempts, done.error, done.cost.seconds) == (2, None, 2.0)

    def test_what_is_released_has_its_attempt_back(self, queue: JobQueue) -> None:
        queue.enqueue(DEFAULT_TENANT, [job(1)])
        released = leave(queue, Outcome(JobState.QUEUED, run_after=START, counts=False))
        assert released.attempts == 0
        assert lease(queue).attempts == 1

    def test_a_lease_that_ended_is_given_to_another(self, queue: JobQueue) -> None:
        queue.enqueue(DEFAULT_TENANT, [job(1)])
        lost = lease(queue)
        later = START + LEASE
        taken = queue.lease("v", later, later + LEASE)
        assert taken is not None
        assert (taken.lease_owner, taken.attempts) == ("v", 2)
        assert taken.fence > lost.fence
        with pytest.raises(LeaseLost):
            queue.settle(hold(lost), DONE, later)
        with pytest.raises(LeaseLost):
            queue.extend(hold(lost), later, later + LEASE)
        assert queue.get(DEFAULT_TENANT, lost.id) == taken
        assert queue.settle(hold(taken), DONE, later).state is JobState.DONE

    def test_a_heartbeat_keeps_the_lease(self, queue: JobQueue) -> None:
        queue.enqueue(DEFAULT_TENANT, [job(1)])
        held = lease(queue)
        queue.extend(hold(held), START + 20 * SECOND, START + 80 * SECOND)
        assert not queue.due(START + LEASE)
        assert queue.due(START + 80 * SECOND)
        assert queue.settle(hold(held), DONE, START + 79 * SECOND).state is JobState.DONE

    def test_the_last_attempt_lost_is_a_dead_letter(self, queue: JobQueue) -> None:
        queue.enqueue(DEFAULT_TENANT, [job(1), job(2, after=START + timedelta(days=1))])
        now = START
        for _ in range(MOST_ATTEMPTS):
            lease(queue, now)
            now += LEASE
        assert queue.lease("w", now, now + LEASE) is None
        dead = queue.get(DEFAULT_TENANT, job(1).id)
        assert dead is not None
        assert (dead.state, dead.finished_at) == (JobState.DEAD, now)
        assert dead.error
        again = queue.retry(DEFAULT_TENANT, dead.id, now, "ada", "fixed")
        assert (again.state, again.attempts, again.error) == (JobState.QUEUED, 0, None)
        assert again.history[-1].detail == "fixed"
        assert lease(queue, now).id == dead.id

    def test_a_cancelled_job_is_not_run_and_its_worker_is_fenced_off(self, queue: JobQueue) -> None:
        queue.enqueue(DEFAULT_TENANT, [job(1), job(2, after=START + SECOND)])
        held = lease(queue)
        for each in (1, 2):
            gone = queue.cancel(DEFAULT_TENANT, job(each).id, START, "ada", "not wanted")
            assert gone.state is JobState.CANCELLED
            assert (gone.history[-1].by, gone.history[-1].detail) == ("ada", "not wanted")
        with pytest.raises(LeaseLost):
            queue.settle(hold(held), DONE, START)
        assert not queue.due(START + LEASE)
        assert queue.retry(DEFAULT_TENANT, held.id, START, "ada", "").state is JobState.QUEUED

    def test_only_what_fits_can_be_cancelled_or_tried_again(self, queue: JobQueue) -> None:
        queue.enqueue(DEFAULT_TENANT, [job(1)])
        with pytest.raises(Conflict):
            queue.retry(DEFAULT_TENANT, job(1).id, START, "ada", "")
        leave(queue, DONE)
        with pytest.raises(Conflict):
            queue.cancel(DEFAULT_TENANT, job(1).id, START, "ada", "")
        with pytest.raises(Conflict):
            queue.retry(DEFAULT_TENANT, job(1).id, START, "ada", "")
        for act in (queue.cancel, queue.retry):
            with pytest.raises(NotFound):
                act("other", job(1).id, START, "ada", "")

    def test_jobs_are_listed_newest_first_in_pages(self, queue: JobQueue) -> None:
        queue.enqueue(DEFAULT_TENANT, [job(n, kind="ab"[n % 2]) for n in range(1, 6)])
        queue.enqueue("other", [job(9, tenant="other")])
        leave(queue, DONE)
        page = queue.find(DEFAULT_TENANT, JobsWanted(limit=3))
        assert [each.id for each in page] == [job(n).id for n in (5, 4, 3)]
        rest = queue.find(DEFAULT_TENANT, JobsWanted(limit=3, after=page[-1].id))
        assert [each.id for each in rest] == [job(n).id for n in (2, 1)]
        only = queue.find(DEFAULT_TENANT, JobsWanted(kind="a"))
        assert [each.kind for each in only] == ["a", "a"]
        done = queue.find(DEFAULT_TENANT, JobsWanted(states=frozenset({JobState.DONE})))
        assert [each.id for each in done] == [job(1).id]
        assert queue.counts() == {
            ("a", JobState.QUEUED): 2,
            ("b", JobState.QUEUED): 2,
            ("b", JobState.DONE): 1,
            ("dedup", JobState.QUEUED): 1,
        }

    def test_marks_move_with_what_they_mark(self, queue: JobQueue) -> None:
        assert queue.marks(DEFAULT_TENANT) == {}
        queue.enqueue(DEFAULT_TENANT, [job(1)], [Mark("minute", START)])
        queue.enqueue(DEFAULT_TENANT, [], [Mark("minute", START + LEASE), Mark("day", START)])
        marks = {"minute": Mark("minute", START + LEASE), "day": Mark("day", START)}
        assert queue.marks(DEFAULT_TENANT) == marks
        assert queue.marks("other") == {}

    def test_what_is_long_over_is_dropped_but_no_dead_letter(self, queue: JobQueue) -> None:
        queue.enqueue(DEFAULT_TENANT, [job(n) for n in range(1, 5)])
        leave(queue, DONE, START)
        leave(queue, Outcome(JobState.DEAD, error="no"), START)
        leave(queue, DONE, START + SECOND)
        assert queue.drop(DEFAULT_TENANT, START + SECOND) == 1
        assert queue.drop("other", START + LEASE) == 0
        left = queue.find(DEFAULT_TENANT, JobsWanted())
        assert [each.id for each in left] == [job(n).id for n in (4, 3, 2)]

    def test_a_forgotten_memory_takes_its_jobs_with_it(self, queue: JobQueue) -> None:
        targets = (("mem_1",), ("mem_2", "mem_10"), ("mem_x1",), ())
        queue.enqueue(DEFAULT_TENANT, [job(n, targets=t) for n, t in enumerate(targets, 1)])
        held = lease(queue)
        assert queue.forget("other", ["mem_1"]) == 0
        assert queue.forget(DEFAULT_TENANT, ["mem_1", "mem_10"]) == 2
        left = queue.find(DEFAULT_TENANT, JobsWanted())
        assert [each.targets for each in left] == [(), ("mem_x1",)]
        with pytest.raises(LeaseLost):
            queue.settle(hold(held), DONE, START)
        assert queue.forget(DEFAULT_TENANT, []) == 0

    def test_a_write_enqueues_or_nothing_is_written(
        self, queue: JobQueue, store: CubeStore
    ) -> None:
        store.write(write(create(cube(1)), Enqueue(job(1, "k")), Enqueue(job(2, "k"))))
        assert [each.id for each in queue.find(DEFAULT_TENANT, JobsWanted())] == [job(1).id]
        with pytest.raises(Conflict):
            store.write(write(Enqueue(job(3)), create(cube(1))))
        assert len(queue.find(DEFAULT_TENANT, JobsWanted())) == 1
        assert store.head(DEFAULT_TENANT) == 1

    def test_a_write_under_a_stale_hold_is_refused(self, queue: JobQueue, store: CubeStore) -> None:
        queue.enqueue(DEFAULT_TENANT, [job(1)])
        held = hold(lease(queue))
        store.write(write(Held(held), create(cube(1))))
        queue.cancel(DEFAULT_TENANT, job(1).id, START, "ada", "")
        stale = (held, replace(held, fence=held.fence + 9), replace(held, owner="v"))
        for each in (*stale, replace(held, job_id="job_x")):
            with pytest.raises(LeaseLost):
                store.write(write(create(cube(2)), Held(each)))
        assert [each.id for each in store.get(EVERYONE, [cube(1).id, cube(2).id])] == [cube(1).id]

    def test_history_is_bounded(self, queue: JobQueue) -> None:
        queue.enqueue(DEFAULT_TENANT, [job(1)])
        for _ in range(HISTORY):
            leave(queue, Outcome(JobState.QUEUED, run_after=START, counts=False))
        kept = queue.get(DEFAULT_TENANT, job(1).id)
        assert kept is not None
        assert len(kept.history) == HISTORY

    def test_what_no_store_can_keep_is_refused(self, queue: JobQueue) -> None:
        with pytest.raises(InvalidInput):
            queue.enqueue(DEFAULT_TENANT, [job(1, targets=("\ud800",))])


def lease(queue: JobQueue, now: datetime = START) -> Job:
    """Return the next job, held by ``w``."""
    taken = queue.lease("w", now, now + LEASE)
    assert taken is not None
    return taken


def leave(queue: JobQueue, outcome: Outcome, now: datetime = START) -> Job:
    """Take the next job and leave it."""
    return queue.settle(hold(lease(queue, now)), outcome, now)
