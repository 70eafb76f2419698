"""Threads, the asynchronous twin, closing; part of ``MemorySuite``."""

import asyncio
import inspect
from concurrent.futures import ThreadPoolExecutor

from memory_os.sdk import AsyncMemory, Memory

THREADS = 8
EACH = 12


class SharingTests:
    """One memory used by many."""

    def test_threads_share_a_memory(self, memory: Memory) -> None:
        def work(worker: int) -> list[str]:
            ids = []
            for number in range(EACH):
                text = f"Worker {worker} noted code W{worker}N{number}."
                ids.append(memory.add(text, user_id=f"u{worker}").results[0].id)
                hits = memory.search(f"W{worker}N{number}", user_id=f"u{worker}").results
                assert hits[0].id == ids[-1]
            return ids

        with ThreadPoolExecutor(THREADS) as pool:
            added = [memory_id for ids in pool.map(work, range(THREADS)) for memory_id in ids]
        assert len(set(added)) == THREADS * EACH
        listed = {record.id for record in memory.get_all(limit=1_000).results}
        assert listed == set(added)

    def test_the_asynchronous_twin_has_the_same_methods(self, memory: Memory) -> None:
        twin = AsyncMemory(memory)
        names = {name for name in dir(Memory) if not name.startswith("_")}
        assert names == {name for name in dir(twin) if not name.startswith("_")} - {"memory"}
        for name in names:
            mine = inspect.signature(getattr(Memory, name))
            theirs = inspect.signature(getattr(AsyncMemory, name))
            assert list(mine.parameters) == list(theirs.parameters), name
            assert inspect.iscoroutinefunction(getattr(AsyncMemory, name)), name

    def test_the_asynchronous_twin_answers_alike(self, memory: Memory) -> None:
        async def work() -> None:
            twin = AsyncMemory(memory)
            added = await asyncio.gather(
                *(twin.add(f"Ada swims in lake {n}.", user_id="ada") for n in range(5))
            )
            ids = {answer.results[0].id for answer in added}
            found = await twin.search("lake", user_id="ada", threshold=0.0)
            assert found == memory.search("lake", user_id="ada", threshold=0.0)
            assert {hit.id for hit in found.results} == ids
            one = ids.pop()
            assert await twin.get(one) == memory.get(one)
            assert await twin.get_all(user_id="ada") == memory.get_all(user_id="ada")
            assert await twin.history(one) == memory.history(one)
            packed = await twin.context("lake", user_id="ada")
            assert packed == memory.context("lake", user_id="ada")
            assert (await twin.update(one, "Ada swims in the sea.")).version == 2
            assert (await twin.freeze(one)).state == "frozen"
            assert (await twin.unfreeze(one)).state == "generated"
            assert (await twin.delete(one)).deleted == 1
            assert (await twin.delete_all(user_id="ada")).deleted == 4

        asyncio.run(work())

    def test_closing_twice_does_nothing_more(self, memory: Memory) -> None:
        with memory as same:
            same.add("Ada prefers tea.", user_id="ada")
        memory.close()
