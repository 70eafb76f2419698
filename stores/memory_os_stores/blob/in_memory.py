"""Blobs in the memory of this process, for stores that keep nothing."""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from threading import Lock, RLock

from memory_os.domain.payload import Blob
from memory_os.errors import NotFound, StoreCorrupt
from memory_os_stores.blob.names import folder_of, named, owned


class MemoryBlobStore:
    """Keep blobs until the process ends."""

    def __init__(self) -> None:
        self._held: dict[str, bytes] = {}
        self._lock = Lock()
        self._guards: dict[str, RLock] = {}

    def adding(self, tenant_id: str) -> AbstractContextManager[None]:
        """Keep others from removing blobs, and here from adding; see the port."""
        return self._one(tenant_id)

    def removing(self, tenant_id: str) -> AbstractContextManager[None]:
        """Keep others from adding blobs; see the port."""
        return self._one(tenant_id)

    @contextmanager
    def _one(self, tenant_id: str) -> Iterator[None]:
        with self._lock:
            own = self._guards.setdefault(tenant_id, RLock())
        with own:
            yield

    def put(self, tenant_id: str, content: bytes | memoryview, codec: str = "native") -> Blob:
        """Store; the same bytes again are stored once."""
        blob = named(tenant_id, content, codec)
        with self._lock:
            self._held.setdefault(blob.path, bytes(content))
        return blob

    def put_many(
        self, tenant_id: str, contents: Iterable[bytes], codec: str = "native"
    ) -> list[Blob]:
        """Store several."""
        return [self.put(tenant_id, content, codec) for content in contents]

    def read(self, tenant_id: str, blob: Blob, *, verify: bool = True) -> memoryview:
        """Return the bytes of ``blob``.

        Raises:
            NotFound: the tenant has no such blob.
            StoreCorrupt: it is of another size or content than ``blob`` says.
        """
        held = self._held.get(owned(tenant_id, blob.path))
        if held is None:
            raise NotFound(f"no blob {blob.path!r}")
        if len(held) != blob.size or (verify and blob.sha256 not in blob.path):
            raise StoreCorrupt(f"blob {blob.path!r} is not what its catalogue says")
        return memoryview(held)

    def delete(self, tenant_id: str, path: str) -> bool:
        """Remove a blob and tell whether it was there."""
        with self._lock:
            return self._held.pop(owned(tenant_id, path), None) is not None

    def paths(self, tenant_id: str) -> Iterator[str]:
        """Yield the path of every blob of the tenant."""
        with self._lock:
            held = list(self._held)
        return (path for path in held if path.startswith(f"{folder_of(tenant_id)}/"))

    def clear(self, tenant_id: str) -> None:
        """Remove nothing: a write in memory is whole or has not happened."""
