"""Background work as callers see it; part of ``MemorySuite``."""

import asyncio

import pytest

from memory_os.errors import Conflict, IdempotencyConflict, InvalidInput, NotFound
from memory_os.sdk import AsyncMemory, Memory

LATER = "2100-01-01T00:00:00Z"


class JobsTests:
    """``jobs``, ``job``, ``start_job``, ``retry_job``, ``cancel_job``; no worker runs them here."""

    def test_a_job_that_was_started_waits(self, memory: Memory) -> None:
        job = memory.start_job(
            "dedup", targets=["mem_1"], priority="high", run_after=LATER, dry_run=True, reason="why"
        )
        assert (job.kind, job.state, job.priority) == ("dedup", "queued", "high")
        assert (job.targets, job.dry_run, job.attempts) == (("mem_1",), True, 0)
        assert job.run_after.isoformat() == LATER.replace("Z", "+00:00")
        assert memory.job(job.id) == job

    def test_jobs_are_listed_newest_first_in_pages(self, memory: Memory) -> None:
        kinds = ("decay", "dedup", "decay")
        ids = [memory.start_job(kind, run_after=LATER).id for kind in kinds]
        page = memory.jobs(states=["queued"], limit=2)
        assert [job.id for job in page.results] == ids[:0:-1]
        assert page.next_cursor is not None
        rest = memory.jobs(states=["queued"], limit=2, cursor=page.next_cursor)
        assert ([job.id for job in rest.results], rest.next_cursor) == (ids[:1], None)
        assert [job.id for job in memory.jobs(kind="dedup").results] == [ids[1]]
        assert memory.jobs(states=["dead"]).results == ()

    def test_a_job_is_cancelled_and_queued_again(self, memory: Memory) -> None:
        started = memory.start_job("decay", run_after=LATER)
        gone = memory.cancel_job(started.id, reason="not now")
        assert gone.state == "cancelled"
        assert gone.finished_at is not None
        assert (gone.history[-1].event, gone.history[-1].detail) == ("cancelled", "not now")
        with pytest.raises(Conflict):
            memory.cancel_job(started.id)
        again = memory.retry_job(started.id, reason="after all")
        assert (again.state, again.finished_at) == ("queued", None)
        with pytest.raises(Conflict):
            memory.retry_job(started.id)
        memory.cancel_job(started.id)

    def test_starting_twice_with_one_key_starts_one(self, memory: Memory) -> None:
        first = memory.start_job("decay", run_after=LATER, idempotency_key="k")
        assert memory.start_job("decay", run_after=LATER, idempotency_key="k") == first
        with pytest.raises(IdempotencyConflict):
            memory.start_job("dedup", run_after=LATER, idempotency_key="k")
        assert len(memory.jobs().results) == 1

    def test_what_is_no_job_is_refused(self, memory: Memory) -> None:
        for unknown in ("job_0", "a/b", ""):
            for act in (memory.job, memory.cancel_job, memory.retry_job):
                with pytest.raises((NotFound, InvalidInput)):
                    act(unknown)
        with pytest.raises(InvalidInput):
            memory.start_job("dance")
        with pytest.raises(InvalidInput):
            memory.jobs(states=["asleep"])
        with pytest.raises(InvalidInput):
            memory.jobs(limit=0)

    def test_the_asynchronous_twin_does_the_same(self, memory: Memory) -> None:
        async def ask(twin: AsyncMemory) -> list[object]:
            started = await twin.start_job("decay", run_after=LATER)
            assert await twin.job(started.id) == started
            gone = await twin.cancel_job(started.id)
            again = await twin.retry_job(started.id)
            listed = await twin.jobs()
            return [gone.state, again.state, *(job.id == started.id for job in listed.results)]

        assert asyncio.run(ask(AsyncMemory(memory))) == ["cancelled", "queued", True]
