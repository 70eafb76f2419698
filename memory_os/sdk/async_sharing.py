"""The asynchronous twin of the SDK's sharing."""

from collections.abc import Mapping
from typing import Any, Unpack

from memory_os.domain.operations import Memory as Record
from memory_os.domain.operations.grant import GrantList, GrantRecord
from memory_os.sdk.options import GrantOptions, GrantsOptions
from memory_os.sdk.sharing import Sharing
from memory_os.sdk.threads import in_thread


class AsyncSharing:
    """The part of ``AsyncMemory`` that is about others; see ``Sharing``."""

    memory: Sharing

    async def grant(
        self, to: str | Mapping[str, Any], **options: Unpack[GrantOptions]
    ) -> GrantRecord:
        """Give rights; see ``Memory.grant``."""
        return await in_thread(self.memory.grant, to, **options)

    async def grants(self, **options: Unpack[GrantsOptions]) -> GrantList:
        """Return grants; see ``Memory.grants``."""
        return await in_thread(self.memory.grants, **options)

    async def revoke_grant(self, grant_id: str, *, reason: str = "") -> GrantRecord:
        """End a grant; see ``Memory.revoke_grant``."""
        return await in_thread(self.memory.revoke_grant, grant_id, reason=reason)

    async def share(self, memory_id: str, *, visibility: str, reason: str = "") -> Record:
        """Say who reads a memory; see ``Memory.share``."""
        return await in_thread(self.memory.share, memory_id, visibility=visibility, reason=reason)
