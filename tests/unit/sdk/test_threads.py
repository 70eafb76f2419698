"""One memory shared by many threads: nothing lost, nothing doubled, nothing broken."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import memory_os
from tests.unit.kernel.stage import WordEmbeddings, kernel, only

THREADS = 8
EACH = 12


def test_threads_add_search_change_and_delete_together(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/m.db"
    with memory_os.connect(url, embeddings=WordEmbeddings()) as memory:

        def live(thread: int) -> list[str]:
            kept = []
            for number in range(EACH):
                text = f"thread {thread} number {number}"
                added = only(memory.add(text, user_id=f"u{thread}", run_id="s"))
                found = memory.search(text, user_id=f"u{thread}", top_k=EACH).results
                assert added.id in {hit.id for hit in found}
                assert {hit.user_id for hit in found} == {f"u{thread}"}
                if number % 3 == 0:
                    memory.delete(added.id)
                elif number % 3 == 1:
                    assert memory.update(added.id, f"{text} again").version == 2
                    kept.append(added.id)
                else:
                    kept.append(added.id)
            return kept

        with ThreadPoolExecutor(THREADS) as pool:
            kept = list(pool.map(live, range(THREADS)))
        for thread, ids in enumerate(kept):
            listed = memory.get_all(user_id=f"u{thread}").results
            assert {record.id for record in listed} == set(ids)
            hits = memory.search("number", user_id=f"u{thread}", top_k=100).results
            assert {hit.id for hit in hits} == set(ids)
        assert kernel(memory).parts.store.verify() == []


def test_threads_that_add_the_same_text_store_it_and_find_it() -> None:
    with memory_os.connect("sqlite://", embeddings=WordEmbeddings()) as memory:
        with ThreadPoolExecutor(THREADS) as pool:
            added = list(pool.map(lambda _: only(memory.add("same", user_id="a")), range(24)))
        stored = {record.id for record in memory.get_all(user_id="a").results}
        assert {each.id for each in added} == stored
        assert {hit.id for hit in memory.search("same", user_id="a").results} <= stored
