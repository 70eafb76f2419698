"""Port: quotas and what is used of them, in the transactions that use it."""

from datetime import datetime
from typing import Protocol

from memory_os.domain.journal import Note
from memory_os.domain.quotas import Charges, Quota


class QuotaStore(Protocol):
    """Keep quotas. Safe to share by threads and processes.

    ``CubeStore.write`` counts memories, bytes and writes itself, in its own transaction, and raises
    ``QuotaExhausted`` where one does not fit: nothing is written then.
    """

    def quotas(self, tenant_id: str) -> list[Quota]:
        """Return the tenant's quotas, as last counted, by holder and meter."""
        ...

    def set_quota(self, quota: Quota, note: Note) -> Quota:
        """Set a limit and return the quota with what is used.

        What is there is counted once; a window that has begun goes on as it was counted.
        """
        ...

    def drop_quota(self, tenant_id: str, quota_id: str, at: datetime, note: Note) -> Quota | None:
        """Remove a quota and return it; nothing if there is none of this id."""
        ...

    def spend(self, tenant_id: str, charges: Charges, at: datetime, *, settling: bool) -> None:
        """Count ``charges`` in a transaction of its own; amounts below nothing give back.

        ``settling`` counts also what does not fit: it was spent already.

        Raises:
            QuotaExhausted: it does not fit; nothing was counted.
        """
        ...

    def recount(self, tenant_id: str) -> list[Quota]:
        """Count anew what is there and return the quotas."""
        ...
