"""The chores that erase what is due, go on with erasures, and sign the journal."""

from collections.abc import Iterator

import pytest
from pydantic import JsonValue

from memory_os.clock import ManualClock
from memory_os.domain.access import DEFAULT_TENANT
from memory_os.domain.jobs import Job, JobState
from memory_os.errors import Erased
from memory_os.kernel.memory_os import MemoryOS
from memory_os.scheduler import Worker, WorkerRules
from memory_os.sdk import Memory
from tests.unit.kernel import stage
from tests.unit.kernel.stage import DAY, START


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture
def memory(clock: ManualClock) -> Iterator[Memory]:
    with stage.opened(clock) as opened:
        yield opened


@pytest.fixture
def kernel(memory: Memory) -> MemoryOS:
    return stage.kernel(memory)


@pytest.fixture
def worker(kernel: MemoryOS) -> Worker:
    return Worker(kernel, "w", rules=WorkerRules(heartbeats=False))


def kinds(jobs: list[Job]) -> list[str]:
    return sorted(job.kind for job in jobs)


def result(jobs: list[Job], kind: str) -> dict[str, JsonValue]:
    (found,) = [job for job in jobs if job.kind == kind]
    assert found.state is JobState.DONE, found.error
    assert found.result is not None
    return found.result


def test_what_is_past_its_purge_is_erased_and_what_is_retained_or_newer_stays(
    memory: Memory, worker: Worker, clock: ManualClock, kernel: MemoryOS
) -> None:
    gone = memory.add("The lantern is out.", user_id="ada").results[0].id
    kept = memory.add("The oven is hot.", user_id="ada", retain_until=START + 90 * DAY)
    memory.delete(gone)
    clock.advance(29 * DAY)
    newer = memory.add("The meadow is wet.", user_id="ada").results[0].id
    memory.delete(newer)
    assert "purge" not in kinds(worker.run_due())
    clock.advance(2 * DAY)
    memory.start_job("purge", dry_run=True)
    told = Worker(kernel, "d", rules=WorkerRules(heartbeats=False), timers=()).run_due()
    assert result(told, "purge") == {"purged": 1, "partial": 0}
    assert memory.get_all(states=["expired"]).results[0].id == newer
    assert kernel.parts.erasures.tombstone(DEFAULT_TENANT, gone) is None
    assert result(worker.run_due(), "purge") == {"purged": 1, "partial": 0}
    with pytest.raises(Erased):
        memory.get(gone)
    assert kernel.parts.store.verify() == []
    assert memory.restore(newer).state == "generated"
    assert memory.get(kept.results[0].id).memory == "The oven is hot."
    assert "purge" not in kinds(worker.run_due())


def test_an_erasure_that_was_interrupted_is_gone_on_with(
    memory: Memory, worker: Worker, kernel: MemoryOS, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = memory.add("The lantern is out.", user_id="ada").results[0].id
    with monkeypatch.context() as broken:
        broken.setattr(kernel.parts.erasures, "scrub", lambda: ["an old reader holds pages"])
        receipt = memory.erase(gone, reason="asked")
        assert receipt.status == "partial"
        dry = memory.start_job("erase", dry_run=True).id
        worker.run_due()
        assert memory.job(dry).result == {"resumed": 1, "left": 1}
    memory.start_job("erase")
    assert result(worker.run_due(), "erase") == {"resumed": 1, "left": 0}
    assert memory.erasure(receipt.id).status == "complete"


def test_the_journal_is_signed_once_a_day_while_it_grows(
    memory: Memory, worker: Worker, clock: ManualClock, kernel: MemoryOS
) -> None:
    memory.add("Ada likes tea.", user_id="ada")
    at = kernel.parts.store.head(DEFAULT_TENANT)
    assert result(worker.run_due(), "checkpoint") == {"seq": at}
    assert [head.seq for head in kernel.parts.audit.heads(DEFAULT_TENANT)] == [at]
    clock.advance(DAY)
    memory.update(memory.get_all(user_id="ada").results[0].id, "Ada likes coffee.")
    again = result(worker.run_due(), "checkpoint")["seq"]
    assert isinstance(again, int)
    assert again > at
