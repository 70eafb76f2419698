"""The asynchronous twin of the SDK's oversight."""

from os import PathLike
from typing import Unpack

from memory_os.domain.operations.audit import AuditPage, AuditVerification, SignedHead
from memory_os.domain.operations.quotas import QuotaList, QuotaRecord
from memory_os.sdk.options import AuditOptions, HolderOptions
from memory_os.sdk.oversight import Oversight
from memory_os.sdk.threads import in_thread


class AsyncOversight:
    """The part of ``AsyncMemory`` for those who answer for a tenant; see ``Oversight``."""

    def __init__(self, memory: Oversight) -> None:
        self._overseen = memory

    async def audit(self, **options: Unpack[AuditOptions]) -> AuditPage:
        """Return a page of the journal; see ``Memory.audit``."""
        return await in_thread(self._overseen.audit, **options)

    async def verify_audit(self) -> AuditVerification:
        """Check the journal; see ``Memory.verify_audit``."""
        return await in_thread(self._overseen.verify_audit)

    async def export_audit(self, path: str | PathLike[str], *, replace: bool = False) -> SignedHead:
        """Write the journal to a file; see ``Memory.export_audit``."""
        return await in_thread(self._overseen.export_audit, path, replace=replace)

    async def quotas(self) -> QuotaList:
        """Return the quotas; see ``Memory.quotas``."""
        return await in_thread(self._overseen.quotas)

    async def set_quota(
        self, meter: str, limit: float, **holder: Unpack[HolderOptions]
    ) -> QuotaRecord:
        """Set a limit; see ``Memory.set_quota``."""
        return await in_thread(self._overseen.set_quota, meter, limit, **holder)

    async def remove_quota(self, quota_id: str) -> QuotaRecord:
        """Remove a quota; see ``Memory.remove_quota``."""
        return await in_thread(self._overseen.remove_quota, quota_id)
