"""Files of tensors that no memory holds any more: removed, and never while somebody adds some."""

from collections.abc import Iterable, Sequence

from memory_os.domain.cube import Cube
from memory_os.domain.payload import Activation, Adapter, Blob
from memory_os.kernel.hot import Hot
from memory_os.kernel.parts import Parts


def blobs_of(cube: Cube) -> tuple[Blob, ...]:
    """Return the files that a version of a cube holds."""
    if isinstance(cube.payload, Activation):
        return tuple(chunk.blob for chunk in cube.payload.chunks)
    return (cube.payload.blob,) if isinstance(cube.payload, Adapter) else ()


class Releasing:
    """Remove blobs; what erasing calls as one more store that keeps something of memories.

    It finds blobs by what is not held: after a crash nobody knows any more what was.
    """

    name = "blobs"

    def __init__(self, parts: Parts, hot: Hot | None = None) -> None:
        self._parts = parts
        self._hot = hot

    def release(self, tenant_id: str, paths: Iterable[str]) -> int:
        """Remove those of these blobs that no memory holds; return how many there were."""
        asked = list(dict.fromkeys(paths))
        if not asked:
            return 0
        blobs = self._parts.blobs
        with blobs.removing(tenant_id):
            held = self._parts.tensors.named(tenant_id, asked)
            return sum(blobs.delete(tenant_id, path) for path in asked if path not in held)

    def dropped(self, tenant_id: str, cubes: Iterable[Cube]) -> int:
        """Remove what these held, as far as the write that moved or revised them let go of it."""
        return self.release(tenant_id, (blob.path for cube in cubes for blob in blobs_of(cube)))

    def collect(self, tenant_id: str) -> int:
        """Remove every blob that no memory holds, and torn writes; return how many there were."""
        with self._parts.blobs.removing(tenant_id):
            self._parts.blobs.clear(tenant_id)
        return self.release(tenant_id, self._parts.blobs.paths(tenant_id))

    def erase(self, tenant_id: str, ids: Sequence[str]) -> int:
        """Remove what erased memories held, and what of it lies in this process's memory.

        What prompts began with is counted under hashes of their tokens: those go too, all of them.
        """
        self._parts.tensors.forget_demand(tenant_id)
        if self._hot is not None:
            self._hot.forget(tenant_id)
        self.release(tenant_id, self._parts.tensors.paths(tenant_id, ids))
        return self.collect(tenant_id)

    def probe(self, tenant_id: str, ids: Sequence[str]) -> list[str]:
        """Return which blobs these memories still hold, and which lie there for nobody."""
        with self._parts.blobs.removing(tenant_id):
            held = self._parts.tensors.paths(tenant_id, ids)
            there = list(self._parts.blobs.paths(tenant_id))
            named = self._parts.tensors.named(tenant_id, there)
        return [
            *(f"blob {path} is held" for path in held),
            *(f"blob {path} is nobody's" for path in there if path not in named),
        ]
