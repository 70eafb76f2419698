"""The asynchronous twin: the same surface and answers, each call in a worker thread."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from types import TracebackType
from typing import Any, Self, Unpack, overload

from memory_os.domain.operations import (
    AddRequest,
    AddResult,
    ContextResult,
    DeleteResult,
    HistoryResult,
    MemoryPage,
    MessageIn,
    SearchResult,
)
from memory_os.domain.operations import Memory as Record
from memory_os.domain.operations.merge import DuplicatesResult, MergeResult, UnmergeResult
from memory_os.ports.model_runtime import ModelRuntime
from memory_os.sdk.activation import Prompt
from memory_os.sdk.async_activation import AsyncActivationCalls
from memory_os.sdk.async_adapters import AsyncAdapterCalls
from memory_os.sdk.async_branches import AsyncBranches
from memory_os.sdk.async_erasing import AsyncErasing
from memory_os.sdk.async_jobs import AsyncJobs
from memory_os.sdk.async_oversight import AsyncOversight
from memory_os.sdk.async_policies import AsyncPolicyCalls
from memory_os.sdk.async_reviewing import AsyncReviewing
from memory_os.sdk.async_sharing import AsyncSharing
from memory_os.sdk.async_time_machine import AsyncTimeMachine
from memory_os.sdk.memory import Memory
from memory_os.sdk.options import (
    AddOptions,
    ContextOptions,
    DeleteAllOptions,
    DuplicatesOptions,
    ListOptions,
    MergeOptions,
    SearchOptions,
    UpdateOptions,
)
from memory_os.sdk.requests import Content
from memory_os.sdk.threads import in_thread


class AsyncMemory(
    AsyncTimeMachine,
    AsyncErasing,
    AsyncBranches,
    AsyncSharing,
    AsyncPolicyCalls,
    AsyncJobs,
    AsyncOversight,
    AsyncReviewing,
    AsyncActivationCalls,
    AsyncAdapterCalls,
):
    """``Memory`` for asyncio code; every method means what it means there.

    The event loop never waits for a disk or a socket: calls run in the loop's thread pool.
    """

    def __init__(self, memory: Memory) -> None:
        AsyncTimeMachine.__init__(self, memory)
        AsyncErasing.__init__(self, memory)
        AsyncBranches.__init__(self, memory)
        AsyncPolicyCalls.__init__(self, memory)
        AsyncJobs.__init__(self, memory)
        AsyncOversight.__init__(self, memory)
        AsyncReviewing.__init__(self, memory)
        AsyncActivationCalls.__init__(self, memory)
        AsyncAdapterCalls.__init__(self, memory)
        self.memory: Memory = memory

    async def add(self, content: Content, **options: Unpack[AddOptions]) -> AddResult:
        """Store; see ``Memory.add``."""
        return await in_thread(self.memory.add, content, **options)

    async def add_many(
        self,
        items: Iterable[Content | AddRequest | Mapping[str, Any]],
        **common: Unpack[AddOptions],
    ) -> AddResult:
        """Store many or none; see ``Memory.add_many``."""
        return await in_thread(self.memory.add_many, items, **common)

    async def search(self, query: str, **options: Unpack[SearchOptions]) -> SearchResult:
        """Find; see ``Memory.search``."""
        return await in_thread(self.memory.search, query, **options)

    @overload
    async def context(
        self,
        query: str | list[dict[str, Any] | MessageIn],
        *,
        reuse: None = None,
        **options: Unpack[ContextOptions],
    ) -> ContextResult: ...

    @overload
    async def context(
        self,
        query: str | list[dict[str, Any] | MessageIn],
        *,
        reuse: ModelRuntime,
        **options: Unpack[ContextOptions],
    ) -> Prompt: ...

    async def context(
        self,
        query: str | list[dict[str, Any] | MessageIn],
        *,
        reuse: ModelRuntime | None = None,
        **options: Unpack[ContextOptions],
    ) -> ContextResult | Prompt:
        """Find and pack; see ``Memory.context``."""

        def call() -> ContextResult | Prompt:
            if reuse is None:
                return self.memory.context(query, **options)
            return self.memory.context(query, reuse=reuse, **options)

        return await in_thread(call)

    async def get(
        self,
        memory_id: str,
        *,
        as_of: datetime | str | None = None,
        valid_at: datetime | str | None = None,
        branch: str | None = None,
    ) -> Record:
        """Read one; see ``Memory.get``."""
        return await in_thread(
            self.memory.get, memory_id, as_of=as_of, valid_at=valid_at, branch=branch
        )

    async def get_all(self, **options: Unpack[ListOptions]) -> MemoryPage:
        """Read a page; see ``Memory.get_all``."""
        return await in_thread(self.memory.get_all, **options)

    async def update(
        self, memory_id: str, content: str | None = None, **options: Unpack[UpdateOptions]
    ) -> Record:
        """Record a version; see ``Memory.update``."""
        return await in_thread(self.memory.update, memory_id, content, **options)

    async def delete(
        self, memory_id: str, *, reason: str = "", branch: str | None = None
    ) -> DeleteResult:
        """Delete one; see ``Memory.delete``."""
        return await in_thread(self.memory.delete, memory_id, reason=reason, branch=branch)

    async def delete_all(self, **options: Unpack[DeleteAllOptions]) -> DeleteResult:
        """Delete by scope; see ``Memory.delete_all``."""
        return await in_thread(self.memory.delete_all, **options)

    async def history(self, memory_id: str, *, branch: str | None = None) -> HistoryResult:
        """Read every version; see ``Memory.history``."""
        return await in_thread(self.memory.history, memory_id, branch=branch)

    async def move(
        self,
        memory_id: str,
        event: str,
        *,
        reason: str,
        dry_run: bool = False,
        branch: str | None = None,
    ) -> Record:
        """Send a lifecycle event; see ``Memory.move``."""
        return await in_thread(
            self.memory.move, memory_id, event, reason=reason, dry_run=dry_run, branch=branch
        )

    async def activate(
        self, memory_id: str, *, reason: str = "activated", branch: str | None = None
    ) -> Record:
        """Prefer in recall; see ``Memory.activate``."""
        return await in_thread(self.memory.activate, memory_id, reason=reason, branch=branch)

    async def archive(
        self, memory_id: str, *, reason: str = "archived", branch: str | None = None
    ) -> Record:
        """Take out of default recall; see ``Memory.archive``."""
        return await in_thread(self.memory.archive, memory_id, reason=reason, branch=branch)

    async def restore(
        self, memory_id: str, *, reason: str = "restored", branch: str | None = None
    ) -> Record:
        """Bring back; see ``Memory.restore``."""
        return await in_thread(self.memory.restore, memory_id, reason=reason, branch=branch)

    async def freeze(
        self, memory_id: str, *, reason: str = "frozen", branch: str | None = None
    ) -> Record:
        """Keep as it is; see ``Memory.freeze``."""
        return await in_thread(self.memory.freeze, memory_id, reason=reason, branch=branch)

    async def unfreeze(
        self, memory_id: str, *, reason: str = "unfrozen", branch: str | None = None
    ) -> Record:
        """Let it change again; see ``Memory.unfreeze``."""
        return await in_thread(self.memory.unfreeze, memory_id, reason=reason, branch=branch)

    async def quarantine(
        self, memory_id: str, *, reason: str = "quarantined", branch: str | None = None
    ) -> Record:
        """Hold out of recall; see ``Memory.quarantine``."""
        return await in_thread(self.memory.quarantine, memory_id, reason=reason, branch=branch)

    async def release(
        self, memory_id: str, *, reason: str = "released", branch: str | None = None
    ) -> Record:
        """Let back in; see ``Memory.release``."""
        return await in_thread(self.memory.release, memory_id, reason=reason, branch=branch)

    async def pin(
        self, memory_id: str, *, pinned: bool = True, branch: str | None = None
    ) -> Record:
        """Keep from archiving by policy; see ``Memory.pin``."""
        return await in_thread(self.memory.pin, memory_id, pinned=pinned, branch=branch)

    async def merge(
        self, parents: Iterable[str], *, reason: str, **options: Unpack[MergeOptions]
    ) -> MergeResult:
        """Make one of several; see ``Memory.merge``."""
        return await in_thread(self.memory.merge, parents, reason=reason, **options)

    async def unmerge(
        self, memory_id: str, *, reason: str = "", dry_run: bool = False
    ) -> UnmergeResult:
        """Take a merge apart; see ``Memory.unmerge``."""
        return await in_thread(self.memory.unmerge, memory_id, reason=reason, dry_run=dry_run)

    async def duplicates(self, **options: Unpack[DuplicatesOptions]) -> DuplicatesResult:
        """Find pairs that may be one; see ``Memory.duplicates``."""
        return await in_thread(self.memory.duplicates, **options)

    async def close(self) -> None:
        """Release what is held; see ``Memory.close``."""
        await in_thread(self.memory.close)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()
