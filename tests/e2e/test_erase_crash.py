"""An erasure that is killed at any stage ends complete when the store is opened next."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import memory_os
from memory_os.errors import Erased
from memory_os.kernel.memory_os import KernelConnector
from memory_os.sdk import Memory
from tests.unit.kernel.stage import WordEmbeddings

CANARY = "5b6de28cc7d8cf5f665f13eb7ed23212"
PROGRAM = "tests.e2e.erase_nursery"
STAGES = (
    "held", "rebuilt", "burying", "deleting", "removed", "forgotten", "scrubbing", "proven",
)  # fmt: skip


@pytest.fixture(scope="module")
def nursery() -> Iterator["subprocess.Popen[str]"]:
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(sys.path)}
    process = subprocess.Popen(
        [sys.executable, "-m", PROGRAM],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def opened(url: str) -> Memory:
    return memory_os.connect(url, embeddings=WordEmbeddings())


def filled(url: str) -> tuple[list[str], list[str], str]:
    """Store what must go and what must stay; return the ids of both, and of a merge of the two."""
    with opened(url) as memory:
        gone = [
            memory.add(f"Ada keeps {CANARY} in drawer {n}.", user_id="ada").results[0].id
            for n in range(3)
        ]
        stays = [
            memory.add(f"The kettle {n} is blue.", user_id="ada").results[0].id for n in range(2)
        ]
        merged = memory.merge([gone[0], *stays], reason="the same").results[0].id
        memory.branch("trial")
        memory.update(gone[2], f"On trial {CANARY}.", branch="trial")
    return gone, stays, merged


def holding(folder: Path) -> list[str]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [path.name for path in files if CANARY.encode() in path.read_bytes()]


@pytest.mark.parametrize("stage", STAGES)
def test_a_killed_erasure_is_complete_after_the_next_opening(
    nursery: "subprocess.Popen[str]", stage: str, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path}/memory.db"
    gone, stays, merged = filled(url)
    assert holding(tmp_path), "the control: it is in the files"
    assert nursery.stdin is not None
    assert nursery.stdout is not None
    nursery.stdin.write(f"{stage} {url} {' '.join(gone)}\n")
    nursery.stdin.flush()
    os.kill(int(nursery.stdout.readline()), signal.SIGKILL)

    with opened(url) as memory:
        assert isinstance(memory.connector, KernelConnector)
        assert memory.connector.kernel.parts.erasures.pending() == []
        with pytest.raises(Erased) as caught:
            memory.get(gone[0])
        receipt = memory.erasure(str(caught.value.detail["erasure"]))
        assert receipt.status == "complete"
        assert {member.id for member in receipt.closure} == {*gone, merged}
        assert [each.parents for each in receipt.replaced] == [tuple(stays)]
        assert memory.verify_erasure(receipt).ok
        assert [memory.get(one).memory for one in stays] == [
            f"The kettle {n} is blue." for n in range(2)
        ]
    assert holding(tmp_path) == []
