"""The SDK's sharing: who else may do what with which memory."""

from collections.abc import Mapping
from typing import Any, Unpack

from memory_os.domain.operations import Memory as Record
from memory_os.domain.operations import UpdateRequest
from memory_os.domain.operations.grant import (
    GrantList,
    GrantRecord,
    GrantRequest,
    GrantsRequest,
)
from memory_os.ports.connector import Connector
from memory_os.sdk.options import GrantOptions, GrantsOptions
from memory_os.sdk.requests import build


class Sharing:
    """The part of ``Memory`` that is about others."""

    connector: Connector

    def grant(self, to: str | Mapping[str, Any], **options: Unpack[GrantOptions]) -> GrantRecord:
        """Give ``to`` rights on one memory (``memory_id``) or on all of a scope.

        ``to`` is the id of a principal, or the scope ids that callers are bound to, such as
        ``{"agent_id": "writer"}``. It counts from their next call on, at any ``as_of``, until
        ``until`` or until it is revoked. Without ``role`` and ``rights`` it is to read. A
        restricted memory is used only for the ``purposes`` that a grant names.

        Raises:
            AccessDenied: the caller may not share this, or lacks a right that it would give;
            NotFound, InvalidInput, IdempotencyConflict.
        """
        return self.connector.grant(build(GrantRequest, {"to": to, **options}))

    def grants(self, **options: Unpack[GrantsOptions]) -> GrantList:
        """Return the grants that the caller gave, has, or has the target to share of.

        ``memory_id`` or scope ids ask for one target; ``ended`` shows past and revoked ones too.
        """
        return self.connector.grants(build(GrantsRequest, options))

    def revoke_grant(self, grant_id: str, *, reason: str = "") -> GrantRecord:
        """End a grant and all that rests on it, from the next call on.

        Raises:
            NotFound, AccessDenied: it is somebody else's.
        """
        return self.connector.revoke_grant(grant_id, reason)

    def share(self, memory_id: str, *, visibility: str, reason: str = "") -> Record:
        """Let ``private``, ``scope`` or ``tenant`` read the memory.

        ``private`` is its maker and the user whose it is, ``scope`` those bound to its scope,
        ``tenant`` everybody in the tenant. To show it to more takes the right to share.

        Raises:
            AccessDenied, NotFound, IllegalTransition: it is frozen.
        """
        fields = {"visibility": visibility, "reason": reason}
        return self.connector.update(memory_id, build(UpdateRequest, fields))
