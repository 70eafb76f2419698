"""Of many tenants' indexes those used last stay open, and no memory is lost by it."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from memory_os import Memory
from memory_os.domain.access import Principal
from memory_os.kernel.memory_os import KernelConnector, MemoryOS
from memory_os.kernel.parts import Rules
from memory_os_api.container import Choices, open_kernel
from tests.unit.kernel.stage import WordEmbeddings


def open_with(url: str, bound: int) -> MemoryOS:
    rules = Rules(open_indexes=bound)
    return open_kernel(url, Choices(embeddings=WordEmbeddings(), rules=rules))


def of(kernel: MemoryOS, tenant: str) -> Memory:
    return Memory(KernelConnector(kernel, Principal(tenant)))


def found(kernel: MemoryOS, tenant: str) -> set[str]:
    hits = of(kernel, tenant).search("kettle", top_k=100, threshold=0.0).results
    return {hit.memory for hit in hits}


def test_the_index_used_longest_ago_is_released_with_a_snapshot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kernel = open_with(f"sqlite:///{tmp_path}/m.db", 2)
    for tenant in ("a", "b"):
        of(kernel, tenant).add(f"The kettle of {tenant} whistles.")
    assert found(kernel, "a") == {"The kettle of a whistles."}
    of(kernel, "c").add("The kettle of c whistles.")
    assert set(kernel.indexing.opened()) == {"a", "c"}
    monkeypatch.setattr(kernel.parts.store, "scan_index", None)
    assert found(kernel, "b") == {"The kettle of b whistles."}
    assert set(kernel.indexing.opened()) == {"b", "c"}
    kernel.close()


def test_a_store_without_a_place_for_snapshots_builds_a_released_index_again() -> None:
    kernel = open_with("sqlite://", 1)
    for number in range(3):
        for tenant in ("a", "b"):
            of(kernel, tenant).add(f"The kettle {number} of {tenant} whistles.")
    for tenant in ("a", "b"):
        assert found(kernel, tenant) == {f"The kettle {n} of {tenant} whistles." for n in range(3)}
    assert len(kernel.indexing.opened()) == 1
    kernel.close()


def test_tenants_that_push_each_other_out_lose_nothing(tmp_path: Path) -> None:
    kernel = open_with(f"sqlite:///{tmp_path}/m.db", 1)

    def work(place: int) -> None:
        tenant = "abc"[place % 3]
        of(kernel, tenant).add(f"The kettle {place} of {tenant} whistles.")
        assert f"The kettle {place} of {tenant} whistles." in found(kernel, tenant)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, range(60)))
    for at, tenant in enumerate("abc"):
        wanted = {f"The kettle {n} of {tenant} whistles." for n in range(60) if n % 3 == at}
        assert found(kernel, tenant) == wanted
    kernel.close()
