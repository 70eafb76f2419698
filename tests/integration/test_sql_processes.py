"""Threads and processes on one file: nothing lost, nothing doubled, nothing half done."""

import os
import random
import signal
from pathlib import Path

import pytest

from memory_os.domain.access import DEFAULT_TENANT
from memory_os.domain.journal import first_break
from memory_os.testing.cubes import EVERYONE
from memory_os_stores.sql import SqlCubeStore
from tests.integration.sql_workers import (
    PROCESSES,
    add_from_threads,
    open_once,
    start,
    write_until_killed,
)

KILLS = 20


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'memory.db'}"


def test_processes_that_open_a_new_file_at_once_make_one_store(url: str) -> None:
    pipes = [PROCESSES.Pipe() for _ in range(6)]
    processes = [start(open_once, url, theirs) for _, theirs in pipes]
    for ours, _ in pipes:
        ours.send("go")
    answers = [ours.recv() for ours, _ in pipes if ours.poll(30)]
    for process in processes:
        process.join(30)
    assert len(answers) == 6
    assert len({identity for identity, _ in answers}) == 1
    assert all(wrong == [] for _, wrong in answers)


def test_eight_threads_in_each_of_four_processes_lose_nothing(url: str) -> None:
    pipes = [PROCESSES.Pipe() for _ in range(4)]
    processes = [
        start(add_from_threads, url, slot, 8, 4, theirs)
        for slot, (_, theirs) in enumerate(pipes, 1)
    ]
    added = [cube_id for ours, _ in pipes if ours.poll(60) for cube_id in ours.recv()]
    for process in processes:
        process.join(30)
    assert len(set(added)) == 4 * 8 * 4
    store = SqlCubeStore.open(url)
    assert len(store.get(EVERYONE, added)) == len(added)
    entries = store.journal(DEFAULT_TENANT, 0, 1_000)
    assert [entry.seq for entry in entries] == list(range(1, len(added) + 1))
    assert first_break(entries) is None
    assert sorted(entry.note.targets[0] for entry in entries) == sorted(added)
    assert store.verify() == []
    store.close()


def test_every_acknowledged_write_survives_a_kill(url: str) -> None:
    draw = random.Random(7)
    acknowledged: dict[str, tuple[int, str]] = {}
    for slot in range(1, KILLS + 1):
        ours, theirs = PROCESSES.Pipe()
        process = start(write_until_killed, url, slot, theirs)
        theirs.close()
        for _ in range(draw.randint(1, 25)):
            cube_id, version, state = ours.recv()
            acknowledged[cube_id] = (version, state)
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)
        process.join(30)
        while ours.poll():
            try:
                cube_id, version, state = ours.recv()
            except EOFError:
                break
            acknowledged[cube_id] = (version, state)
        assert_there(url, acknowledged)
    assert len(acknowledged) > KILLS


def assert_there(url: str, acknowledged: dict[str, tuple[int, str]]) -> None:
    """Check that each write is there, or one that came after it before the kill."""
    store = SqlCubeStore.open(url)
    found = {c.id: c for c in store.get(EVERYONE, list(acknowledged))}
    for cube_id, (version, state) in acknowledged.items():
        stored = found[cube_id]
        assert stored.version.number >= version
        assert stored.governance.state in (state, "expired")
    assert store.verify() == []
    store.close()
