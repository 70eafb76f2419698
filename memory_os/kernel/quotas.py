"""Setting, listing and removing quotas."""

from memory_os.domain.access import Principal
from memory_os.domain.journal import Note
from memory_os.domain.lifecycle import Right
from memory_os.domain.operations.quotas import (
    QuotaList,
    QuotaRecord,
    QuotaRequest,
    to_quota_record,
)
from memory_os.domain.quotas import Quota
from memory_os.errors import NotFound
from memory_os.governance.guard import whole_tenant
from memory_os.kernel.parts import Parts


class Quotas:
    """Keep the quotas of a tenant for any principal that governs it."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def quotas(self, principal: Principal) -> QuotaList:
        """Return the tenant's quotas as they stand.

        Raises:
            AccessDenied.
        """
        whole_tenant(principal, Right.GOVERN)
        now = self._parts.clock.now()
        found = self._parts.quotas.quotas(principal.tenant_id)
        return QuotaList(results=tuple(to_quota_record(quota, now) for quota in found))

    def set_quota(self, principal: Principal, request: QuotaRequest) -> QuotaRecord:
        """Set a limit, over one of the same holder and meter; what is there is counted once.

        Raises:
            AccessDenied.
        """
        whole_tenant(principal, Right.GOVERN)
        now = self._parts.clock.now()
        quota = Quota(
            principal.tenant_id,
            request.holder,
            request.meter,
            request.units,
            set_by=principal.id,
            set_at=now,
        )
        note = self._note(principal, "quota_set", quota, f" {request.limit:g}")
        return to_quota_record(self._parts.quotas.set_quota(quota, note), now)

    def remove_quota(self, principal: Principal, quota_id: str) -> QuotaRecord:
        """Remove a quota and return it as it last stood.

        Raises:
            AccessDenied; NotFound: the tenant has none of this id.
        """
        whole_tenant(principal, Right.GOVERN)
        now = self._parts.clock.now()
        known = self._parts.quotas.quotas(principal.tenant_id)
        meant = next((quota for quota in known if quota.id == quota_id), None)
        if meant is None:
            raise _unknown(quota_id)
        note = self._note(principal, "quota_remove", meant, "")
        gone = self._parts.quotas.drop_quota(principal.tenant_id, quota_id, now, note)
        if gone is None:
            raise _unknown(quota_id)
        return to_quota_record(gone, now)

    def _note(self, principal: Principal, action: str, quota: Quota, limit: str) -> Note:
        """Return what is journalled: a user by what stands for them, others by the quota's id.

        A quota's id follows from its holder, so that whoever guesses a user's id could test it.
        """
        tenant_id, user_id = principal.tenant_id, quota.user_id
        whom = self._parts.seal.subjects(tenant_id, user_id) or (quota.id,)
        whose = quota.whose() if user_id is None else "a user"
        return Note(principal.id, action, whom, f"{quota.meter.value}{limit} of {whose}")


def _unknown(quota_id: str) -> NotFound:
    return NotFound(f"no quota {quota_id!r}; list the quotas to see their ids", id=quota_id)
