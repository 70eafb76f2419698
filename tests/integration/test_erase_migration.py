"""Memory stored before there was erasing is erased whole: derivations of then are known."""

from pathlib import Path

import pytest

import memory_os
from memory_os.errors import Erased
from tests.integration.old_schema import at_revision

CANARY = "5b6de28cc7d8cf5f665f13eb7ed23212"


@pytest.mark.parametrize("revision", ["0003", "0008"])
def test_an_old_merge_goes_with_its_parent(tmp_path: Path, revision: str) -> None:
    path = tmp_path / "memory.db"
    with memory_os.connect(f"sqlite:///{path}") as memory:
        one = memory.add(f"Ada keeps {CANARY}.", user_id="ada").results[0].id
        two = memory.add("Ada keeps tea.", user_id="ada").results[0].id
        merged = memory.merge([one, two], reason="the same").results[0].id
        memory.archive(merged)
    at_revision(path, revision)
    path.with_suffix(".newer").unlink()
    with memory_os.connect(f"sqlite:///{path}") as memory:
        receipt = memory.erase(one, reason="asked")
        assert receipt.status == "complete"
        assert {member.id for member in receipt.closure} == {one, merged}
        with pytest.raises(Erased):
            memory.get(merged)
        assert memory.get(two).memory == "Ada keeps tea."
        assert memory.verify_erasure(receipt).ok
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert [file.name for file in files if CANARY.encode() in file.read_bytes()] == []
