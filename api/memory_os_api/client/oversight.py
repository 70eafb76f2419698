"""Oversight's part of the connector port, over REST."""

import re
from typing import Protocol

from memory_os.domain.operations.audit import (
    AuditPage,
    AuditRequest,
    AuditVerification,
    SignedHead,
)
from memory_os.domain.operations.quotas import QuotaList, QuotaRecord, QuotaRequest
from memory_os.errors import NotFound
from memory_os_api.client.exchange import Exchange
from memory_os_api.client.parameters import parameters_of

AUDIT = "/v1/audit"
QUOTAS = "/v1/quotas"
_QUOTA = re.compile(r"[A-Za-z0-9_-]{1,128}")


class Way(Protocol):
    """What a connector to a service has: an open exchange."""

    @property
    def _open(self) -> Exchange: ...


class OversightCalls:
    """Ask a service for the journal and the quotas. All but an export is safe to repeat."""

    def audit(self: Way, request: AuditRequest) -> AuditPage:
        """Return a page of the journal."""
        parameters = dict(parameters_of(request))
        return self._open.ask(
            "GET", f"{AUDIT}/events", AuditPage, parameters=parameters, safe=True, changes=False
        )

    def verify_audit(self: Way) -> AuditVerification:
        """Check the journal."""
        path = f"{AUDIT}/verifications"
        return self._open.ask("POST", path, AuditVerification, safe=True, changes=False)

    def audit_export(self: Way) -> SignedHead:
        """Begin to take the journal out."""
        return self._open.ask("POST", f"{AUDIT}/exports", SignedHead)

    def quotas(self: Way) -> QuotaList:
        """Return the quotas."""
        return self._open.ask("GET", QUOTAS, QuotaList, safe=True, changes=False)

    def set_quota(self: Way, request: QuotaRequest) -> QuotaRecord:
        """Set a quota."""
        body = request.model_dump(mode="json", exclude_unset=True)
        return self._open.ask("POST", QUOTAS, QuotaRecord, body=body, safe=True)

    def remove_quota(self: Way, quota_id: str) -> QuotaRecord:
        """Remove a quota."""
        if not _QUOTA.fullmatch(quota_id):
            raise NotFound(f"no quota {quota_id!r}; list the quotas to see their ids", id=quota_id)
        return self._open.ask("DELETE", f"{QUOTAS}/{quota_id}", QuotaRecord)
