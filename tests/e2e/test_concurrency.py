"""Eight threads in each of four processes add to one file and search it."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

import memory_os
from memory_os_api.container import index_folder, open_kernel
from memory_os_api.doctor import examine

PROCESSES = 4
THREADS = 8
EACH = 12
PROGRAM = Path(__file__).with_name("crowd_worker.py")


class Worker:
    """A process with its own connection to the file."""

    def __init__(self, url: str, name: str) -> None:
        self.name = name
        self.process = subprocess.Popen(
            [sys.executable, str(PROGRAM), url, name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def send(self, **asked: Any) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(asked) + "\n")
        self.process.stdin.flush()

    def answer(self) -> Any:
        assert self.process.stdout is not None
        return json.loads(self.process.stdout.readline())

    def ask(self, **asked: Any) -> Any:
        self.send(**asked)
        return self.answer()

    def close(self) -> None:
        try:
            self.process.communicate(timeout=30)
        finally:
            self.process.kill()


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/memory.db"


@pytest.fixture
def workers(url: str) -> Iterator[list[Worker]]:
    with ExitStack() as stack:
        started = [stack.enter_context(closing(Worker(url, str(n)))) for n in range(PROCESSES)]
        for worker in started:
            assert worker.answer() == {"ready": worker.name}
        yield started


def test_many_writers_lose_nothing_and_get_no_error(workers: list[Worker], url: str) -> None:
    for worker in workers:
        worker.send(do="storm", name=worker.name, threads=THREADS, each=EACH)
    answers = [worker.answer() for worker in workers]
    assert [error for answer in answers for error in answer["errors"]] == []
    added = {code: found for answer in answers for code, found in answer["added"].items()}
    assert len(added) == len(set(added.values())) == PROCESSES * THREADS * EACH
    for worker in workers:
        found = worker.ask(do="find", codes=sorted(added)[:: PROCESSES + 1])["found"]
        assert all(hit is not None and hit[0] == added[code] for code, hit in found.items())
    with memory_os.connect(url) as memory:
        assert {record.id for record in memory.get_all(limit=1_000).results} == set(added.values())
    folder = index_folder(url)
    assert folder is not None
    with closing(open_kernel(url)) as kernel:
        assert examine(kernel, folder.with_suffix(""), folder).findings == ()


def test_every_process_sees_the_others_changes_at_once(workers: list[Worker]) -> None:
    for turn in range(12):
        writer, others = workers[turn % PROCESSES], workers
        code = f"turn{turn}x{turn * 7919}"
        memory_id = writer.ask(do="add", code=code)["id"]
        for other in others:
            coat = [memory_id, f"Locker {code} holds a coat."]
            assert other.ask(do="find", codes=[code])["found"] == {code: coat}
        assert workers[(turn + 1) % PROCESSES].ask(do="update", memory_id=memory_id, code=code)
        for other in others:
            hat = [memory_id, f"Locker {code} holds a hat."]
            assert other.ask(do="find", codes=[code])["found"] == {code: hat}
        if turn % 3 == 0:
            assert workers[(turn + 2) % PROCESSES].ask(do="delete", memory_id=memory_id)
            for other in others:
                found = other.ask(do="find", codes=[code])["found"][code]
                assert found is None or found[0] != memory_id
