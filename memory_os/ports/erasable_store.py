"""Port: what else keeps something of memories, such as blobs, and can forget it."""

from collections.abc import Sequence
from typing import Protocol


class ErasableStore(Protocol):
    """Forget memories on demand; registered with the kernel, asked in every erasure."""

    @property
    def name(self) -> str:
        """Return what the receipt calls this store."""
        ...

    def erase(self, tenant_id: str, ids: Sequence[str]) -> int:
        """Remove everything held of these memories, again if asked again; return how many things.

        Blobs are unlinked, loaded copies dropped, adapters detached.
        """
        ...

    def probe(self, tenant_id: str, ids: Sequence[str]) -> list[str]:
        """Return what is still held of these memories, in words; nothing is good."""
        ...
