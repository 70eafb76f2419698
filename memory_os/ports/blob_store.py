"""Port: where the bytes of tensors lie, named by what they hold."""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from typing import Protocol

from memory_os.domain.payload import Blob


class BlobStore(Protocol):
    """Keep immutable bytes by their SHA-256, each tenant's apart. Safe to call from many threads.

    What one tenant stores, no other tenant can read, find or measure, though the bytes be the same.
    All raise ``StoreError`` or a kind of it when the medium fails.
    """

    def adding(self, tenant_id: str) -> AbstractContextManager[None]:
        """Keep others from removing blobs, until what was put is recorded; many may add at once."""
        ...

    def removing(self, tenant_id: str) -> AbstractContextManager[None]:
        """Wait until nobody adds, and keep everybody from it, other processes too."""
        ...

    def put(self, tenant_id: str, content: bytes | memoryview, codec: str = "native") -> Blob:
        """Store, durable when the call returns; the same bytes again are stored once.

        What lies under the name already is compared, and replaced where it is damaged. A reader
        sees the whole blob or none.
        """
        ...

    def put_many(
        self, tenant_id: str, contents: Iterable[bytes], codec: str = "native"
    ) -> list[Blob]:
        """Store several, all durable when the call returns; one that fails may leave some there."""
        ...

    def read(self, tenant_id: str, blob: Blob, *, verify: bool = True) -> memoryview:
        """Return the bytes of ``blob``, read-only, mapped where the medium can.

        Raises:
            NotFound: the tenant has no such blob.
            StoreCorrupt: size or, unless ``verify`` is off, the SHA-256 is another one.
        """
        ...

    def delete(self, tenant_id: str, path: str) -> bool:
        """Remove a blob and tell whether it was there."""
        ...

    def paths(self, tenant_id: str) -> Iterator[str]:
        """Yield the path of every blob of the tenant, in no order."""
        ...

    def clear(self, tenant_id: str) -> None:
        """Remove what writes that were interrupted have left."""
        ...
