"""The asynchronous twin of the SDK's review."""

from typing import Unpack

from memory_os.domain.operations import Memory as Record
from memory_os.domain.operations import MemoryPage
from memory_os.sdk.options import AttestOptions, ListOptions
from memory_os.sdk.reviewing import Reviewing
from memory_os.sdk.threads import in_thread


class AsyncReviewing:
    """The part of ``AsyncMemory`` for reviewers; see ``Reviewing``."""

    def __init__(self, memory: Reviewing) -> None:
        self._review = memory

    async def held(self, **options: Unpack[ListOptions]) -> MemoryPage:
        """Return what is held; see ``Memory.held``."""
        return await in_thread(self._review.held, **options)

    async def reject(self, memory_id: str, *, reason: str, dry_run: bool = False) -> Record:
        """End the time of what is held; see ``Memory.reject``."""
        return await in_thread(self._review.reject, memory_id, reason=reason, dry_run=dry_run)

    async def attest(
        self, memory_id: str, *, trust: str, reason: str, **options: Unpack[AttestOptions]
    ) -> Record:
        """Vouch for a memory; see ``Memory.attest``."""
        return await in_thread(
            self._review.attest, memory_id, trust=trust, reason=reason, **options
        )
