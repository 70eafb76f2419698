"""What was acknowledged survives SIGKILL: a hundred children die while they add to one file."""

import json
import os
import random
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import memory_os
from memory_os.sdk import Memory
from memory_os_api.container import index_folder, open_kernel
from memory_os_api.doctor import examine
from tests.e2e.crash_nursery import BATCH

KILLS = 100
SEED = 20260301
MOST_CALLS = 9
ONE_CALL = 0.004
OPENING = 0.1
START_SECONDS = 20.0
PROGRAM = Path(__file__).with_name("crash_nursery.py")


@dataclass
class Nursery:
    """The process that starts children, and the pipe they acknowledge on."""

    process: "subprocess.Popen[bytes]"
    acks: int
    buffer: bytes = b""
    seen: list[dict[str, Any]] = field(default_factory=list)

    def start(self, name: str) -> int:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{name}\n".encode())
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def acknowledged(self, number: int) -> int:
        """Return how many calls of a child have been acknowledged so far."""
        return sum(facts["code"].startswith(f"c{number}n") for facts in self.seen)

    def read(self, seconds: float) -> bool:
        """Take in what is acknowledged; false if nothing came in time."""
        if not select.select([self.acks], [], [], seconds)[0]:
            return False
        self.buffer += os.read(self.acks, 1 << 16)
        *lines, self.buffer = self.buffer.split(b"\n")
        self.seen += [json.loads(line) for line in lines]
        return True


@contextmanager
def nursery(url: str) -> Iterator[Nursery]:
    reading, writing = os.pipe()
    environment = {**os.environ, "TOKENIZERS_PARALLELISM": "false", "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(
        [sys.executable, str(PROGRAM), url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=writing,
        env=environment,
    )
    os.close(writing)
    try:
        assert process.stdout is not None
        assert process.stdout.readline()
        yield Nursery(process, reading)
    finally:
        process.kill()
        process.communicate()
        os.close(reading)


def kill_one(parent: Nursery, number: int, chance: random.Random) -> None:
    """Start a child and kill it: one in five while it opens, the others while they add."""
    child = parent.start(str(number))
    if chance.random() < 0.8:
        wanted, deadline = chance.randint(1, MOST_CALLS), time.monotonic() + START_SECONDS
        while parent.acknowledged(number) < wanted:
            assert time.monotonic() < deadline, f"child {number} stopped acknowledging"
            parent.read(1.0)
        time.sleep(chance.random() * ONE_CALL)
    else:
        time.sleep(chance.random() * OPENING)
    os.kill(child, signal.SIGKILL)


def test_a_killed_process_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/memory.db"
    chance = random.Random(SEED)
    with nursery(url) as parent:
        for number in range(KILLS):
            kill_one(parent, number, chance)
        while parent.read(0.3):
            pass
        seen = parent.seen
    assert len({facts["code"].split("n")[0] for facts in seen}) >= KILLS * 0.7
    assert len(seen) >= 2 * KILLS
    check(url, seen)


def check(url: str, seen: list[dict[str, Any]]) -> None:
    acknowledged = {memory_id for facts in seen for memory_id in facts["ids"]}
    with memory_os.connect(url) as memory:
        stored = {record.id: record for record in _all(memory)}
        assert acknowledged <= stored.keys()
        surplus = len(stored) - len(acknowledged)
        assert surplus <= KILLS * BATCH, "more was stored than could have been under way"
        tags = [tag for record in stored.values() for tag in record.tags]
        assert all(tags.count(tag) == BATCH for tag in set(tags)), "half a batch was stored"
        for facts in seen:
            if facts["kind"] == "update":
                assert stored[facts["ids"][0]].version == 2
        for facts in seen:
            code = facts["code"] + ("b0" if facts["kind"] == "batch" else "")
            hits = memory.search(f"Depot {code}", user_id="ada", top_k=3).results
            assert facts["ids"][0] in [hit.id for hit in hits], f"{code} is not found"
            assert "rye" in hits[0].memory
    folder = index_folder(url)
    assert folder is not None
    with closing(open_kernel(url)) as kernel:
        found = examine(kernel, folder.with_suffix(""), folder)
    assert found.findings == ()


def _all(memory: Memory) -> Iterator[memory_os.MemoryRecord]:
    cursor = None
    while True:
        page = memory.get_all(limit=1_000, cursor=cursor)
        yield from page.results
        cursor = page.next_cursor
        if cursor is None:
            return
