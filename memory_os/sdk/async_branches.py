"""The asynchronous twin of the SDK's branches."""

from datetime import datetime
from typing import Unpack

from memory_os.domain.operations.branch import AdoptResult, BranchList, BranchRecord
from memory_os.sdk.branches import Branches
from memory_os.sdk.options import AdoptOptions, ScopeOptions, SnapshotOptions
from memory_os.sdk.threads import in_thread


class AsyncBranches:
    """The part of ``AsyncMemory`` that is about branches; see ``Branches``."""

    def __init__(self, memory: Branches) -> None:
        self._branches = memory

    async def branch(
        self, name: str, start: datetime | str | None = None, **options: Unpack[SnapshotOptions]
    ) -> BranchRecord:
        """Make a branch; see ``Memory.branch``."""
        return await in_thread(self._branches.branch, name, start, **options)

    async def branches(self, **scope: Unpack[ScopeOptions]) -> BranchList:
        """Return the branches; see ``Memory.branches``."""
        return await in_thread(self._branches.branches, **scope)

    async def delete_branch(self, name: str, **scope: Unpack[ScopeOptions]) -> BranchRecord:
        """Forget a branch; see ``Memory.delete_branch``."""
        return await in_thread(self._branches.delete_branch, name, **scope)

    async def adopt(self, name: str, **options: Unpack[AdoptOptions]) -> AdoptResult:
        """Adopt a branch; see ``Memory.adopt``."""
        return await in_thread(self._branches.adopt, name, **options)
