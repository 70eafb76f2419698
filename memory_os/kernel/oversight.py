"""Oversight: the journal and the quotas of a tenant, put together."""

from collections.abc import Callable

from memory_os.domain.access import Principal
from memory_os.domain.operations.audit import (
    AuditPage,
    AuditRequest,
    AuditVerification,
    SignedHead,
)
from memory_os.domain.operations.quotas import QuotaList, QuotaRecord, QuotaRequest
from memory_os.kernel.auditing import Auditing
from memory_os.kernel.parts import Parts
from memory_os.kernel.quotas import Quotas


class Oversight:
    """What those who answer for a tenant can do, for any principal."""

    def __init__(self, parts: Parts) -> None:
        self.auditing = Auditing(parts)
        self.quotas = Quotas(parts)


class OversightConnector:
    """Oversight's part of the connector port, for whoever ``caller`` says calls."""

    def __init__(self, oversight: Oversight, caller: Callable[[], Principal]) -> None:
        self._oversight = oversight
        self._overseer = caller

    def audit(self, request: AuditRequest) -> AuditPage:
        """Return a page of the journal."""
        return self._oversight.auditing.events(self._overseer(), request)

    def verify_audit(self) -> AuditVerification:
        """Check the journal."""
        return self._oversight.auditing.verify(self._overseer())

    def audit_export(self) -> SignedHead:
        """Begin to take the journal out."""
        return self._oversight.auditing.export(self._overseer())

    def quotas(self) -> QuotaList:
        """Return the quotas."""
        return self._oversight.quotas.quotas(self._overseer())

    def set_quota(self, request: QuotaRequest) -> QuotaRecord:
        """Set a quota."""
        return self._oversight.quotas.set_quota(self._overseer(), request)

    def remove_quota(self, quota_id: str) -> QuotaRecord:
        """Remove a quota."""
        return self._oversight.quotas.remove_quota(self._overseer(), quota_id)
