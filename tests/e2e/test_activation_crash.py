"""Caches survive SIGKILL whole, or are not there at all; many threads keep and load one prefix."""

import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

import memory_os
from memory_os.domain.kv import CHUNK
from memory_os.testing.connector_activation import MODEL, PASSED, TOKENS, kept, layers

PROGRAM = Path(__file__).with_name("cache_worker.py")
KILLS = 4


def test_what_was_acknowledged_is_whole_after_a_kill(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'memory.db'}"
    told: list[tuple[int, str]] = []
    for kill in range(KILLS):
        command = [sys.executable, str(PROGRAM), url]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as worker:
            assert worker.stdout is not None
            for _ in range(1 + kill):
                number, cube = worker.stdout.readline().split()
                told.append((int(number), cube))
            worker.send_signal(signal.SIGKILL)
    with memory_os.connect(url) as memory:
        for number, _ in told:
            found = memory.find_prefix(MODEL, (number, *range(1, CHUNK * 8)))
            loaded = memory.load_prefix(found, MODEL)
            assert loaded is not None
            assert np.array_equal(loaded.keys[0], layers(CHUNK * 8).keys[0])
        memory.connector.kernel.settling.everywhere("default")
        left = list((tmp_path / "memory.db.blobs").rglob("*.part"))
        assert left == []
        files = {path.name for path in (tmp_path / "memory.db.blobs").rglob("*.safetensors")}
        page = memory.get_all(user_id="ada", kinds=["activation"]).results
        assert files == {Path(c.blob.path).name for each in page for c in each.payload.chunks}


@pytest.mark.parametrize("place", ["sqlite://", "file"])
def test_eight_threads_keep_and_load_one_prefix(place: str, tmp_path: Path) -> None:
    url = place if place == "sqlite://" else f"sqlite:///{tmp_path / 'memory.db'}"
    with memory_os.connect(url) as memory, ThreadPoolExecutor(8) as pool:
        first = kept(memory)

        def turn(number: int) -> bool:
            if number % 4 == 0:
                stored = memory.store_activation(MODEL, TOKENS, layers(), user_id="ada")
                memory.check_activation(stored.id, PASSED)
                memory.delete(stored.id)
            found = memory.find_prefix(MODEL, TOKENS)
            loaded = memory.load_prefix(found, MODEL)
            return loaded is not None and np.array_equal(
                loaded.values[1], layers().values[1][:, : 3 * CHUNK]
            )

        assert all(pool.map(turn, range(48)))
        assert memory.find_prefix(MODEL, TOKENS).id is not None
        assert memory.get(first).state == "activated"
