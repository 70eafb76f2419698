"""The asynchronous twin of the SDK's erasing."""

from collections.abc import Iterable, Mapping
from typing import Any, Unpack

from memory_os.domain.operations.erase import Receipt, Verification
from memory_os.sdk.erasing import Erasing
from memory_os.sdk.options import EraseOptions
from memory_os.sdk.threads import in_thread


class AsyncErasing:
    """The part of ``AsyncMemory`` that erases; see ``Erasing``."""

    def __init__(self, memory: Erasing) -> None:
        self._eraser = memory

    async def erase(
        self, ids: Iterable[str] | str = (), *, reason: str, **options: Unpack[EraseOptions]
    ) -> Receipt:
        """Erase for good; see ``Memory.erase``."""
        return await in_thread(self._eraser.erase, ids, reason=reason, **options)

    async def erasure(self, erasure_id: str) -> Receipt:
        """Return a receipt; see ``Memory.erasure``."""
        return await in_thread(self._eraser.erasure, erasure_id)

    async def verify_erasure(self, receipt: Receipt | Mapping[str, Any] | str) -> Verification:
        """Check a receipt; see ``Memory.verify_erasure``."""
        return await in_thread(self._eraser.verify_erasure, receipt)
