"""Workers as real processes: killed in the middle, told to stop, two on one file."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import memory_os
from memory_os.clock import ManualClock
from memory_os.domain.access import DEFAULT_TENANT, Principal
from memory_os.domain.jobs import OVER
from memory_os.kernel.memory_os import MemoryOS
from memory_os.scheduler import Worker, WorkerRules
from memory_os.sdk import Memory
from memory_os_api.container import Choices, open_kernel
from memory_os_stores.sql.store import SqlCubeStore

COMMAND = (sys.executable, "-c", "from memory_os_api.cli import main; main()")
HALF = Path(__file__).with_name("half_worker.py")
PAIRS = (
    ("Ada visits Oslo on Monday.", "On Monday, Ada visits Oslo."),
    ("The depot in Bergen holds rye.", "The depot in Bergen holds rye!"),
)
JOBS = 12
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'memory.db'}"


@pytest.fixture
def stored(url: str) -> list[str]:
    """Store two pairs that say the same, long enough ago for them to have settled."""
    clock = ManualClock(datetime.now(UTC) - timedelta(minutes=5))
    with memory_os.connect(url, clock=clock, follow_up=True) as memory:
        added = memory.add_many([text for pair in PAIRS for text in pair], user_id="ada")
    return [each.id for each in added.results]


def opened(url: str, clock: ManualClock) -> MemoryOS:
    return open_kernel(url, Choices(clock=clock))


def worker_process(*words: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        words,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=ENVIRONMENT,
    )


def all_done(url: str) -> None:
    """Wait until nothing is queued or running."""
    deadline = time.monotonic() + 120
    store = SqlCubeStore.open(url)
    try:
        while time.monotonic() < deadline:
            if {state for _, state in store.jobs.counts()} <= OVER:
                return
            time.sleep(0.05)
        raise AssertionError(store.jobs.counts())
    finally:
        store.close()


def test_a_job_whose_worker_was_killed_is_finished_by_another_with_its_effect_once(
    url: str, stored: list[str]
) -> None:
    process = worker_process(sys.executable, str(HALF), url)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "half\n"
    finally:
        process.send_signal(signal.SIGKILL)
        process.communicate()
    clock = ManualClock(datetime.now(UTC))
    with closing(opened(url, clock)) as kernel:
        memory = Memory(kernel.connector(Principal()))
        worker = Worker(kernel, "other", rules=WorkerRules(heartbeats=False), timers=())
        (held,) = memory.jobs().results
        assert (held.state, held.lease_owner, held.attempts) == ("running", "half", 1)
        assert len(memory.get_all(user_id="ada", states=["merged"]).results) == 2
        assert worker.run_due() == []
        clock.advance(timedelta(seconds=61))
        (done,) = worker.run_due()
        assert (done.id, done.state, done.attempts) == (held.id, "done", 2)
        assert [step.event for step in done.history] == ["leased", "leased", "done"]
        merged = memory.get_all(user_id="ada", states=["merged"]).results
        assert sorted(record.id for record in merged) == sorted(stored)
        assert len(memory.get_all(user_id="ada").results) == len(PAIRS)
        entries = kernel.parts.store.journal(DEFAULT_TENANT, 0, 1_000)
        absorbed = [entry.note.targets[0] for entry in entries if entry.note.action == "merge"]
        assert sorted(set(absorbed) & set(stored)) == sorted(stored)
        assert kernel.parts.store.verify() == []


def test_two_workers_on_one_file_share_its_jobs_and_stop_cleanly(
    url: str, stored: list[str]
) -> None:
    with memory_os.connect(url) as memory:
        started = {memory.start_job("expire").id for _ in range(JOBS)}
    both = [worker_process(*COMMAND, "worker", "--database", url, "--json") for _ in "ab"]
    try:
        names = {json.loads(process.stdout.readline())["worker"] for process in both}  # type: ignore[union-attr]
        all_done(url)
        for process in both:
            process.send_signal(signal.SIGTERM)
        logs = [process.communicate(timeout=60)[1] for process in both]
        assert [process.returncode for process in both] == [0, 0], logs
    finally:
        for process in both:
            process.kill()
            process.communicate()
    assert all('"closed"' in log for log in logs)
    with memory_os.connect(url) as memory:
        jobs = memory.jobs(limit=1_000).results
        assert started < {job.id for job in jobs}
        assert {job.kind for job in jobs} - {"checkpoint"} == {"expire", "decay", "tidy", "dedup"}
        for job in jobs:
            assert (job.state, job.attempts, job.lease_owner) == ("done", 1, None)
            assert [step.event for step in job.history] == ["leased", "done"]
            assert {step.by for step in job.history} < names | {""}
        assert len(memory.get_all(user_id="ada").results) == len(PAIRS)
