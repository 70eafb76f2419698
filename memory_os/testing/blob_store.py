"""The conformance suite of ``BlobStore``: subclass it and give the fixture ``blobs``."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from memory_os.errors import NotFound, StoreCorrupt
from memory_os.ports.blob_store import BlobStore

CONTENT = bytes(range(256)) * 40


class BlobStoreSuite:
    """Every sentence of the port; the fixture gives an empty store."""

    def test_what_is_put_is_read(self, blobs: BlobStore) -> None:
        blob = blobs.put("t", CONTENT, "int8")
        assert (blob.size, blob.codec) == (len(CONTENT), "int8")
        held = blobs.read("t", blob)
        assert bytes(held) == CONTENT
        assert held.readonly

    def test_equal_bytes_lie_once(self, blobs: BlobStore) -> None:
        assert blobs.put("t", CONTENT) == blobs.put("t", memoryview(CONTENT))
        assert len(list(blobs.paths("t"))) == 1

    def test_several_are_put_at_once(self, blobs: BlobStore) -> None:
        contents = [bytes([n]) * 1_000 for n in (1, 2, 1)]
        found = blobs.put_many("t", iter(contents), "int4")
        assert [bytes(blobs.read("t", blob)) for blob in found] == contents
        assert len(list(blobs.paths("t"))) == 2
        assert found == [blobs.put("t", content, "int4") for content in contents]

    def test_no_bytes_are_a_blob_too(self, blobs: BlobStore) -> None:
        assert bytes(blobs.read("t", blobs.put("t", b""))) == b""

    def test_a_tenant_cannot_touch_the_blob_of_another(self, blobs: BlobStore) -> None:
        blob = blobs.put("t", CONTENT)
        with pytest.raises(NotFound):
            blobs.read("u", blob)
        with pytest.raises(NotFound):
            blobs.delete("u", blob.path)
        assert list(blobs.paths("u")) == []
        assert blobs.put("u", CONTENT).path != blob.path
        assert bytes(blobs.read("t", blob)) == CONTENT

    @pytest.mark.parametrize("path", ["../secret", "/etc/passwd", "", "a" * 64])
    def test_a_path_that_is_none_of_a_blob_finds_nothing(self, blobs: BlobStore, path: str) -> None:
        blob = blobs.put("t", CONTENT)
        with pytest.raises(NotFound):
            blobs.read("t", replace(blob, path=path))
        with pytest.raises(NotFound):
            blobs.delete("t", path)

    def test_another_size_or_digest_is_refused(self, blobs: BlobStore) -> None:
        blob = blobs.put("t", CONTENT)
        with pytest.raises(StoreCorrupt):
            blobs.read("t", replace(blob, size=blob.size + 1))
        with pytest.raises(StoreCorrupt):
            blobs.read("t", replace(blob, sha256="0" * 64))

    def test_what_is_deleted_is_gone(self, blobs: BlobStore) -> None:
        blob = blobs.put("t", CONTENT)
        assert blobs.delete("t", blob.path)
        assert not blobs.delete("t", blob.path)
        assert list(blobs.paths("t")) == []
        with pytest.raises(NotFound):
            blobs.read("t", blob)
        blobs.clear("t")
        assert bytes(blobs.read("t", blobs.put("t", CONTENT))) == CONTENT

    def test_many_threads_put_one_blob(self, blobs: BlobStore) -> None:
        with ThreadPoolExecutor(8) as pool:
            found = set(pool.map(lambda _: blobs.put("t", CONTENT), range(32)))
        assert len(found) == 1
        assert bytes(blobs.read("t", found.pop())) == CONTENT
