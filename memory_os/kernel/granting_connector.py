"""The grants' part of the connector port."""

from collections.abc import Callable

from memory_os.domain.access import Principal
from memory_os.domain.operations.grant import (
    GrantList,
    GrantRecord,
    GrantRequest,
    GrantsRequest,
)
from memory_os.kernel.granting import Granting


class GrantingConnector:
    """Keep grants for whoever ``caller`` says calls."""

    def __init__(self, granting: Granting, caller: Callable[[], Principal]) -> None:
        self._granting = granting
        self._granter = caller

    def grant(self, request: GrantRequest) -> GrantRecord:
        """Give rights to others."""
        return self._granting.grant(self._granter(), request)

    def grants(self, request: GrantsRequest) -> GrantList:
        """Return grants."""
        return self._granting.grants(self._granter(), request)

    def revoke_grant(self, grant_id: str, reason: str = "") -> GrantRecord:
        """End a grant."""
        return self._granting.revoke(self._granter(), grant_id, reason)
