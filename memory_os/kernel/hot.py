"""Files of chunks that were read lately, verified, in the memory of this process."""

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

from memory_os.domain.payload import Blob


class Hot:
    """Keep what was read last, up to ``budget`` bytes. Safe to call from many threads.

    A file is named by tenant and content, so what is held can never be stale or another tenant's.
    """

    def __init__(self, budget: int) -> None:
        self._budget = budget
        self._held: OrderedDict[tuple[str, str], bytes] = OrderedDict()
        self._size = 0
        self._lock = Lock()

    def get(self, tenant_id: str, blob: Blob, read: Callable[[], memoryview]) -> memoryview:
        """Return the bytes of ``blob``: held ones, else what ``read`` gives, which is then held."""
        key = (tenant_id, blob.sha256)
        with self._lock:
            held = self._held.get(key)
            if held is not None:
                self._held.move_to_end(key)
                return memoryview(held)
        fresh = read()
        if blob.size > self._budget:
            return fresh
        kept = bytes(fresh)
        with self._lock:
            if key not in self._held:
                self._held[key] = kept
                self._size += len(kept)
            while self._size > self._budget:
                _, dropped = self._held.popitem(last=False)
                self._size -= len(dropped)
        return memoryview(kept)

    def forget(self, tenant_id: str) -> None:
        """Drop everything of a tenant."""
        with self._lock:
            for key in [key for key in self._held if key[0] == tenant_id]:
                self._size -= len(self._held.pop(key))

    @property
    def size(self) -> int:
        """Return how many bytes are held."""
        return self._size
