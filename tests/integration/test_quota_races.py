"""Processes that write at once cannot overshoot a quota."""

from collections.abc import Callable
from pathlib import Path

import memory_os
from tests.integration.quota_workers import EACH, add_until_refused, spend_until_refused
from tests.integration.sql_workers import PROCESSES, start

LIMIT = 15


def raced(work: Callable[..., None], url: str) -> list[int]:
    """Let two processes do ``work`` at once and return what each says."""
    pipes = [PROCESSES.Pipe() for _ in range(2)]
    processes = [
        start(work, url, f"process {number}", theirs) for number, (_, theirs) in enumerate(pipes)
    ]
    for ours, _ in pipes:
        assert ours.poll(60)
        ours.recv()
    for ours, _ in pipes:
        ours.send("go")
    said = [ours.recv() for ours, _ in pipes if ours.poll(60)]
    for process in processes:
        process.join(30)
    return said


def test_two_processes_do_not_store_more_than_is_allowed(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/memory.db"
    with memory_os.connect(url) as memory:
        memory.set_quota("cubes", LIMIT, user_id="ada")
    assert sum(raced(add_until_refused, url)) == LIMIT < 2 * EACH
    with memory_os.connect(url) as memory:
        assert len(memory.get_all(user_id="ada").results) == LIMIT
        assert memory.quotas().results[0].used == LIMIT
        assert memory.verify_audit().ok


def test_two_processes_do_not_reserve_more_than_is_allowed(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/memory.db"
    with memory_os.connect(url) as memory:
        memory.set_quota("llm_tokens_per_day", 10 * LIMIT + 9)
    assert sum(raced(spend_until_refused, url)) == LIMIT
