"""Both blob stores keep the port's word; files in addition survive damage and say what is wrong."""

from pathlib import Path

import pytest

import memory_os
from memory_os.errors import StoreCorrupt, StoreUnavailable
from memory_os.ports.blob_store import BlobStore
from memory_os.testing.blob_store import CONTENT, BlobStoreSuite
from memory_os_stores.blob.files import FileBlobStore
from memory_os_stores.blob.in_memory import MemoryBlobStore


class TestMemoryBlobStore(BlobStoreSuite):
    @pytest.fixture
    def blobs(self) -> BlobStore:
        return MemoryBlobStore()


class TestFileBlobStore(BlobStoreSuite):
    @pytest.fixture
    def blobs(self, tmp_path: Path) -> BlobStore:
        return FileBlobStore(tmp_path / "deep" / "blobs")


@pytest.mark.parametrize("damage", ["cut", "flipped"])
def test_a_damaged_file_is_refused_and_replaced_by_the_next_put(
    tmp_path: Path, damage: str
) -> None:
    blobs = FileBlobStore(tmp_path)
    blob = blobs.put("t", CONTENT)
    path = tmp_path / blob.path
    held = bytearray(path.read_bytes())
    held[100] ^= 1
    path.write_bytes(held[:-1] if damage == "cut" else held)
    with pytest.raises(StoreCorrupt, match=r"cut short|damaged"):
        blobs.read("t", blob)
    assert blobs.put("t", CONTENT) == blob
    assert bytes(blobs.read("t", blob)) == CONTENT


def test_what_an_interrupted_write_left_is_cleared(tmp_path: Path) -> None:
    blobs = FileBlobStore(tmp_path)
    folder = (tmp_path / blobs.put("t", CONTENT).path).parent
    (folder / ".torn.part").write_bytes(b"half")
    assert len(list(blobs.paths("t"))) == 1
    blobs.clear("t")
    assert [path.name[0] for path in folder.iterdir()] != ["."]
    assert len(list(folder.iterdir())) == 1


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreUnavailable, match="check that its folder"):
        FileBlobStore(tmp_path / "file" / "blobs").put("t", CONTENT)


def test_removing_where_nothing_was_added_touches_no_disk(tmp_path: Path) -> None:
    blobs = FileBlobStore(tmp_path / "blobs")
    with blobs.removing("t"):
        assert list(blobs.paths("t")) == []
    assert list(tmp_path.iterdir()) == []


def test_an_erasure_is_verified_in_a_store_that_cannot_be_written(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'memory.db'}"
    with memory_os.connect(url) as memory:
        added = memory.add("Ada drinks tea.", user_id="ada").results[0].id
        receipt = memory.erase([added], reason="asked to")
    assert not (tmp_path / "memory.db.blobs").exists()
    with memory_os.connect(f"{url}?mode=ro") as memory:
        assert [probe.passed for probe in memory.verify_erasure(receipt.id).probes][-1]
