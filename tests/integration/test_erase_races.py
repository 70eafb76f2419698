"""An erasure while other processes derive from what it takes: nothing they made is left behind."""

from pathlib import Path

import memory_os
from memory_os.testing.cubes import DIMENSIONS, EVERYONE
from memory_os_stores.sql import SqlCubeStore
from tests.integration.sql_workers import PROCESSES, derive_until_refused, start
from tests.unit.kernel.stage import WordEmbeddings, kernel


def test_nothing_that_other_processes_derive_meanwhile_outlives_an_erasure(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'memory.db'}"
    with memory_os.connect(url, embeddings=WordEmbeddings(DIMENSIONS), busy_timeout_s=60) as memory:
        told = memory.add("Ada lives at 7 Harbour Road.", user_id="ada").results[0].id
        pipes = [PROCESSES.Pipe() for _ in range(2)]
        processes = [
            start(derive_until_refused, url, told, slot, theirs)
            for slot, (_, theirs) in enumerate(pipes, 1)
        ]
        begun = [ours.recv() for ours, _ in pipes if ours.poll(60)]
        receipt = memory.erase([told], reason="asked")
        made = [one for ours, _ in pipes if ours.poll(60) for one in ours.recv()]
        for process in processes:
            process.join(30)
        assert begun == ["begun", "begun"]
        kernel(memory).resume_erasures("default")
        receipt = memory.erasure(receipt.id)
        assert receipt.status == "complete"
        assert {member.id for member in receipt.closure} == {told, *made}
        assert memory.verify_erasure(receipt).ok
    store = SqlCubeStore.open(url)
    assert store.get(EVERYONE, [told, *made]) == []
    store.close()
