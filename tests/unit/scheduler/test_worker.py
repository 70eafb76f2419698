"""The worker, its chores and what starts them, on a clock that is moved by hand."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from threading import Event, Thread

import pytest
from pydantic import JsonValue

from memory_os.clock import ManualClock
from memory_os.domain.access import DEFAULT_TENANT, Principal
from memory_os.domain.jobs import MOST_ATTEMPTS, Chore, Job, JobState, JobsWanted
from memory_os.domain.operations.policies import FeedbackRequest, PolicySetRequest, Signal
from memory_os.errors import LeaseLost, ModelFailed, StoreBusy
from memory_os.kernel.memory_os import MemoryOS
from memory_os.kernel.parts import Rules
from memory_os.scheduler.turn import Stopping, Turn
from memory_os.scheduler.worker import Worker, WorkerRules
from memory_os.sdk import Memory
from memory_os.testing.jobs import hold, job
from memory_os_api.container import Choices, open_kernel
from tests.unit.kernel.stage import START, WordEmbeddings

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture
def kernel(clock: ManualClock) -> Iterator[MemoryOS]:
    words = WordEmbeddings()
    rules = Rules(follow_up=True)
    opened = open_kernel("sqlite://", Choices(embeddings=words, clock=clock, rules=rules))
    taus = {opened.parts.embedder.fingerprint: 0.9}
    object.__setattr__(opened.parts.rules, "merge_taus", taus)
    yield opened
    opened.close()


@pytest.fixture
def memory(kernel: MemoryOS) -> Memory:
    return Memory(kernel.connector(Principal()))


@pytest.fixture
def worker(kernel: MemoryOS) -> Worker:
    return Worker(kernel, "w", rules=WorkerRules(heartbeats=False))


def use(memory: Memory, memory_id: str, signal: str) -> None:
    request = FeedbackRequest(signal=Signal(signal))
    memory.connector.feedback(memory_id, request)  # type: ignore[attr-defined]


def kinds(jobs: list[Job]) -> list[str]:
    return sorted(job.kind for job in jobs)


def result(jobs: list[Job], kind: str) -> dict[str, JsonValue]:
    (found,) = [job for job in jobs if job.kind == kind]
    assert found.state is JobState.DONE, found.error
    assert found.result is not None
    return found.result


def test_time_expires_what_is_overdue_and_looks_again_a_minute_later(
    memory: Memory, worker: Worker, clock: ManualClock
) -> None:
    short = memory.add("The kettle is on.", user_id="ada", ttl_seconds=90).results[0]
    assert kinds(worker.run_due()) == ["checkpoint", "decay", "tidy"]
    clock.advance(MINUTE)
    assert kinds(worker.run_due()) == ["dedup"]
    clock.advance(MINUTE)
    done = worker.run_due()
    assert kinds(done) == ["expire"]
    assert result(done, "expire")["moved"] == 1
    assert [entry.state for entry in memory.get_all(states=["expired"]).results] == ["expired"]
    assert memory.restore(short.id).state == "generated"
    assert worker.run_due() == []


def test_what_fades_is_archived_and_jobs_of_long_ago_are_forgotten(
    memory: Memory, worker: Worker, clock: ManualClock, kernel: MemoryOS
) -> None:
    fact = memory.add("Ada likes tea.", user_id="ada", semantic_type="fact").results[0]
    first = worker.run_due()
    clock.advance(191 * DAY)
    done = worker.run_due()
    assert result(done, "decay")["counts"] == {"archive": {"archive": 1}}
    assert memory.get(fact.id).state == "archived"
    assert result(done, "tidy")["dropped"] == len(first)


def test_use_that_lifts_strength_over_the_mark_activates(
    memory: Memory, worker: Worker, clock: ManualClock
) -> None:
    added = memory.add("Ada likes tea.", user_id="ada").results[0]
    worker.run_due()
    use(memory, added.id, "cited")
    done = worker.run_due()
    assert result(done, "activate") == {"activated": [added.id]}
    assert memory.get(added.id).state == "activated"
    use(memory, added.id, "cited")
    assert worker.run_due() == []


def test_a_write_has_settled_text_merged_once(
    memory: Memory, worker: Worker, clock: ManualClock
) -> None:
    one = memory.add("Ada visits Oslo on Monday", user_id="ada").results[0]
    other = memory.add("On Monday Ada visits Oslo", user_id="ada").results[0]
    memory.add("On Monday Ada visits Oslo", user_id="ben")
    assert "dedup" not in kinds(worker.run_due())
    clock.advance(MINUTE)
    done = [job for job in worker.run_due() if job.kind == "dedup"]
    merged = [pair for job in done for pair in job.result["merged"]]  # type: ignore[index,union-attr]
    assert [sorted(pair) for pair in merged] == [sorted([one.id, other.id])]  # type: ignore[arg-type]
    assert memory.get(one.id).state == "merged"
    assert len(memory.get_all(user_id="ada").results) == 1
    assert len(memory.get_all(user_id="ben").results) == 1


def test_text_that_was_edited_a_moment_ago_is_left_alone(
    memory: Memory, worker: Worker, clock: ManualClock
) -> None:
    one = memory.add("Ada visits Oslo on Monday", user_id="ada").results[0]
    memory.add("On Monday Ada visits Oslo", user_id="ada")
    clock.advance(MINUTE / 2)
    memory.update(one.id, "Ada visits Bergen on Friday.")
    clock.advance(MINUTE / 2)
    done = [job for job in worker.run_due() if job.kind == "dedup"]
    assert sum(job.result["unsettled"] for job in done) == 1  # type: ignore[index,misc]
    assert [job.result["merged"] for job in done] == [[], []]  # type: ignore[index]
    clock.advance(MINUTE / 2)
    assert kinds(worker.run_due()) == ["dedup"]


def test_private_memories_of_others_are_not_merged(
    memory: Memory, worker: Worker, clock: ManualClock
) -> None:
    memory.add("Ada visits Oslo on Monday", user_id="ada", visibility="private")
    memory.add("On Monday Ada visits Oslo", user_id="ada")
    clock.advance(MINUTE)
    for done in worker.run_due():
        if done.kind == "dedup":
            assert done.result is not None
            assert done.result["merged"] == []


def test_a_session_that_begins_is_preloaded_once_a_day(
    memory: Memory, worker: Worker, clock: ManualClock
) -> None:
    added = memory.add("Ada likes tea.", user_id="ada").results[0]
    use(memory, added.id, "confirmed")
    worker.run_due()
    memory.archive(added.id)
    memory.restore(added.id)
    for _ in range(2):
        memory.search("tea", user_id="ada", session_id="s1")
        memory.context("tea", user_id="ada", session_id="s1")
    done = worker.run_due()
    assert kinds(done) == ["preload"]
    assert done[0].targets == ("user:ada", "session:s1")
    assert memory.get(added.id).state == "activated"
    memory.add([{"role": "user", "content": "Hello"}], user_id="ada", session_id="s2")
    assert kinds(worker.run_due()) == ["preload"]
    clock.advance(DAY)
    memory.search("tea", user_id="ada", session_id="s1")
    assert "preload" in kinds(worker.run_due())


def test_a_budget_almost_used_up_evicts_and_rests_until_more_is_written(
    memory: Memory, worker: Worker, clock: ManualClock
) -> None:
    settings: dict[str, JsonValue] = {"eviction": {"text": {"max_count": 10}}}
    memory.add_many([f"Fact number {n} is here." for n in range(9)], user_id="ada")
    worker.run_due()
    memory.connector.set_policy("default", PolicySetRequest(settings=settings))  # type: ignore[attr-defined]
    memory.add("One more fact is here.", user_id="ada")
    clock.advance(MINUTE)
    done = worker.run_due()
    assert result(done, "evict")["moved"] > 0  # type: ignore[operator]
    left = len(memory.get_all(user_id="ada", states=["generated"]).results)
    assert left <= 9
    clock.advance(MINUTE)
    assert "evict" in kinds(worker.run_due())
    clock.advance(MINUTE)
    assert worker.run_due() == []


def test_without_follow_up_writes_cause_no_jobs(
    kernel: MemoryOS, memory: Memory, worker: Worker
) -> None:
    object.__setattr__(kernel.parts.rules, "follow_up", False)
    added = memory.add("Ada likes tea.", user_id="ada").results[0]
    use(memory, added.id, "confirmed")
    memory.search("tea", user_id="ada", session_id="s1")
    assert memory.jobs().results == ()


def test_a_dry_run_says_what_it_would_do(
    memory: Memory, worker: Worker, clock: ManualClock
) -> None:
    worker.run_due()
    memory.add("Ada visits Oslo on Monday", user_id="ada")
    memory.add("On Monday Ada visits Oslo", user_id="ada")
    clock.advance(300 * DAY)
    for waiting in memory.jobs(states=["queued"]).results:
        memory.cancel_job(waiting.id)
    for kind in Chore:
        memory.start_job(kind, dry_run=True)
    before = memory.get_all(states=["generated", "archived"]).results
    done = [job for job in worker.run_due() if job.dry_run]
    assert kinds(done) == sorted(Chore)
    assert len(result(done, "dedup")["merged"]) == 1  # type: ignore[arg-type]
    assert result(done, "decay")["moved"] == 2
    assert memory.get_all(states=["generated", "archived"]).results != ()
    assert [m.state for m in before] == ["generated", "generated"]


def failing(error: Exception) -> dict[str, object]:
    def act(turn: Turn) -> dict[str, JsonValue]:
        raise error

    return {Chore.TIDY: act}


def test_a_failure_is_retried_with_growing_pauses_then_buried_then_retried_by_hand(
    kernel: MemoryOS, memory: Memory, clock: ManualClock
) -> None:
    said = ModelFailed("the model said: Ada's PIN is 4711")
    broken = Worker(
        kernel,
        "w",
        rules=WorkerRules(heartbeats=False),
        chores=failing(said),
        timers=(),  # type: ignore[arg-type]
    )
    job_id = memory.start_job("tidy").id
    waits = []
    for _ in range(MOST_ATTEMPTS):
        (left,) = broken.run_due()
        waits.append((left.run_after - clock.now()).total_seconds())
        assert broken.run_due() == []
        clock.set(max(clock.now(), left.run_after))
    assert all(late > early for early, late in pairwise(waits[:4]))
    dead = memory.job(job_id)
    assert (dead.state, dead.attempts, dead.error) == ("dead", MOST_ATTEMPTS, "model_failed")
    assert "4711" not in dead.model_dump_json()
    again = memory.retry_job(job_id, reason="fixed")
    assert (again.state, again.attempts) == ("queued", 0)
    (done,) = Worker(kernel, "v", rules=WorkerRules(heartbeats=False), timers=()).run_due()
    assert (done.id, done.state) == (job_id, "done")


def test_errors_of_others_keep_their_type_alone(kernel: MemoryOS, memory: Memory) -> None:
    chores = failing(ValueError("Ada's PIN is 4711"))
    worker = Worker(kernel, "w", rules=WorkerRules(heartbeats=False), chores=chores, timers=())  # type: ignore[arg-type]
    memory.start_job("tidy")
    assert [job.error for job in worker.run_due()] == ["ValueError"]


def test_a_kind_that_this_release_does_not_know_fails_and_says_so(
    kernel: MemoryOS, memory: Memory
) -> None:
    memory.start_job("tidy")
    worker = Worker(kernel, "w", rules=WorkerRules(heartbeats=False), chores={}, timers=())
    assert [job.error for job in worker.run_due()] == ["KeyError"]


def test_a_stop_in_the_middle_gives_the_job_back_with_its_attempt(
    kernel: MemoryOS, memory: Memory
) -> None:
    begun, stop = Event(), Event()

    def patient(turn: Turn) -> dict[str, JsonValue]:
        begun.set()
        assert turn.stop.wait(30)
        turn.check()
        raise AssertionError

    memory.start_job("tidy")
    worker = Worker(kernel, "w", chores={Chore.TIDY: patient}, timers=())
    thread = Thread(target=worker.run, args=(stop,))
    thread.start()
    assert begun.wait(30)
    stop.set()
    thread.join(30)
    (left,) = memory.jobs().results
    assert (left.state, left.attempts, left.lease_owner) == ("queued", 0, None)
    assert [step.event for step in left.history] == ["leased", "released"]


def test_a_cancelled_job_is_noticed_by_the_heartbeat_and_its_outcome_refused(
    kernel: MemoryOS, memory: Memory
) -> None:
    begun = Event()

    def patient(turn: Turn) -> dict[str, JsonValue]:
        begun.set()
        assert turn.lost.wait(30)
        turn.check()
        raise AssertionError

    seen: list[str] = []

    class Watching:
        def left(self, job: Job, outcome: str, seconds: float) -> None:
            seen.append(outcome)

        def failed(self, error: Exception) -> None:
            raise AssertionError(error)

    job_id = memory.start_job("tidy").id
    rules = WorkerRules(heartbeat=timedelta(milliseconds=10))
    worker = Worker(
        kernel, "w", rules=rules, chores={Chore.TIDY: patient}, timers=(), observer=Watching()
    )
    thread = Thread(target=worker.step)
    thread.start()
    assert begun.wait(30)
    memory.cancel_job(job_id, reason="not now")
    thread.join(30)
    assert seen == ["lost"]
    assert memory.job(job_id).state == "cancelled"


def test_a_worker_rests_while_the_store_fails_and_goes_on(
    kernel: MemoryOS, memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory.start_job("tidy")
    stop, failures = Event(), list[Exception]()
    due = type(kernel.parts.jobs).due

    def busy_at_first(self: object, now: object) -> bool:
        if not failures:
            raise StoreBusy("another writer holds it")
        return due(self, now)  # type: ignore[arg-type]

    class Watching:
        def left(self, job: Job, outcome: str, seconds: float) -> None:
            stop.set()

        def failed(self, error: Exception) -> None:
            failures.append(error)

    monkeypatch.setattr(type(kernel.parts.jobs), "due", busy_at_first)
    rules = WorkerRules(rest=timedelta(milliseconds=1))
    Worker(kernel, "w", rules=rules, timers=(), observer=Watching()).run(stop)
    assert [type(error) for error in failures] == [StoreBusy]
    assert [job.state for job in memory.jobs().results] == ["done"]


def test_two_workers_fill_one_slot_once(kernel: MemoryOS, memory: Memory) -> None:
    memory.add("Ada likes tea.")
    filled = [Worker(kernel, name).fill() for name in ("a", "b")]
    assert kinds(filled[0]) == ["checkpoint", "decay", "tidy"]
    assert filled[1] == []
    other = Worker(kernel, "c")
    object.__setattr__(other, "_looked", type(other._looked)(marks={DEFAULT_TENANT: {}}))
    assert other.fill() == []
    assert len(kernel.parts.jobs.find(DEFAULT_TENANT, JobsWanted(kind="tidy"))) == 1


def test_a_slot_that_could_not_be_queued_is_filled_the_next_time(
    kernel: MemoryOS, memory: Memory, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory.add("Ada likes tea.")
    with monkeypatch.context() as patch:
        busy = StoreBusy("another writer holds it")
        patch.setattr(type(kernel.parts.jobs), "enqueue", lambda *_: (_ for _ in ()).throw(busy))
        with pytest.raises(StoreBusy):
            worker.fill()
    assert kinds(worker.fill()) == ["checkpoint", "decay", "tidy"]


def test_checks_raise_what_they_say(kernel: MemoryOS, memory: Memory) -> None:
    turn = Turn(kernel, job(1), hold(job(1)))
    turn.check()
    turn.stop.set()
    with pytest.raises(Stopping):
        turn.check()
    turn.lost.set()
    with pytest.raises(LeaseLost):
        turn.check()
