"""The index follows the rows through interruptions, rebuilds and long runs."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import memory_os
from memory_os import ManualClock, Memory
from memory_os.domain.access import Principal
from memory_os.kernel.memory_os import KernelConnector, MemoryOS
from memory_os.kernel.parts import Rules
from memory_os_api.container import Choices, open_kernel

START = datetime(2026, 1, 1, tzinfo=UTC)


def kernel_of(memory: Memory) -> MemoryOS:
    connector = memory.connector
    assert isinstance(connector, KernelConnector)
    return connector.kernel


def found(memory: Memory) -> int:
    return len(memory.search("kettle", top_k=100).results)


def test_an_interrupted_application_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with memory_os.connect("sqlite://") as memory:
        for number in range(20):
            memory.add(f"The kettle number {number} whistles.")
        assert found(memory) == 20
        index = kernel_of(memory).indexing.current("default")
        contents = type(index._contents)  # type: ignore[attr-defined]
        take = contents.take
        monkeypatch.setattr(contents, "take", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        memory.add("The kettle number 20 whistles.")
        with pytest.raises(KeyboardInterrupt):
            memory.search("kettle")
        monkeypatch.setattr(contents, "take", take)
        assert found(memory) == 21


@pytest.fixture
def two(tmp_path: Path) -> Iterator[tuple[Memory, Memory, ManualClock]]:
    clock = ManualClock(START)
    url = f"sqlite:///{tmp_path}/m.db"
    with (
        memory_os.connect(url, clock=clock) as writer,
        memory_os.connect(url, clock=clock) as builder,
    ):
        yield writer, builder, clock


def test_whoever_follows_the_rows_scores_as_the_one_who_wrote_them(
    two: tuple[Memory, Memory, ManualClock],
) -> None:
    writer, follower, _ = two
    for name in ("Ada", "Bo", "Cleo"):
        writer.add(f"{name} counts to 3 and then says thing number 3.")
        hits = [
            memory.search(f"{name} says thing number 3.", explain=True).results
            for memory in (writer, follower)
        ]
        assert hits[0] == hits[1]


def test_a_memory_restored_while_another_rebuilds_is_found_there(
    two: tuple[Memory, Memory, ManualClock], monkeypatch: pytest.MonkeyPatch
) -> None:
    writer, builder, clock = two
    ids = [writer.add(f"The kettle number {n} whistles.").results[0].id for n in range(5)]
    store = kernel_of(builder).parts.store
    scan = store.scan_index

    def meanwhile(tenant: str, batch: int = 2000) -> Iterator[object]:
        clock.advance(timedelta(seconds=1))
        writer.delete(ids[2])
        clock.advance(timedelta(seconds=1))
        writer.restore(ids[2])
        return scan(tenant, batch)

    monkeypatch.setattr(store, "scan_index", meanwhile)
    kernel_of(builder).indexing.rebuild("default")
    assert found(builder) == 5


@pytest.mark.parametrize("searching", [True, False])
def test_a_snapshot_is_written_on_the_way(tmp_path: Path, *, searching: bool) -> None:
    url = f"sqlite:///{tmp_path}/m.db"
    kernel = open_kernel(url, Choices(rules=Rules(snapshot_every=50)))
    memory = Memory(KernelConnector(kernel, Principal(), owns=True))
    try:
        for number in range(130):
            memory.add(f"The kettle number {number} whistles.")
            if searching:
                memory.search("kettle", top_k=1)
        assert list(tmp_path.rglob("*.snapshot"))
    finally:
        memory.close()
