"""The SDK's erasing: gone for good, with a receipt that can be checked."""

from collections.abc import Iterable, Mapping
from typing import Any, Unpack

from memory_os.domain.operations.erase import (
    EraseRequest,
    Receipt,
    Verification,
    VerificationRequest,
)
from memory_os.ports.connector import Connector
from memory_os.sdk.options import EraseOptions
from memory_os.sdk.requests import build


class Erasing:
    """The part of ``Memory`` that erases."""

    connector: Connector

    def erase(
        self, ids: Iterable[str] | str = (), *, reason: str, **options: Unpack[EraseOptions]
    ) -> Receipt:
        """Erase memories by id, all of a scope, or all about a ``subject``, for good.

        Everything that was made from them goes too; a merge is made again from the parents that
        remain. ``dry_run`` only shows what would go. The reason is kept in the receipt for ever.

        Raises:
            NotFound, Erased, AccessDenied; IllegalTransition: a memory among them is frozen or
            must be retained, and there is no ``override``.
        """
        listed = (ids,) if isinstance(ids, str) else tuple(ids)
        fields: dict[str, Any] = {"reason": reason, **options}
        if listed:
            fields["ids"] = listed
        return self.connector.erase(build(EraseRequest, fields))

    def erasure(self, erasure_id: str) -> Receipt:
        """Return the receipt of an erasure as it stands.

        Raises:
            NotFound: this caller has asked for no such erasure.
        """
        return self.connector.erasure(erasure_id)

    def verify_erasure(self, receipt: Receipt | Mapping[str, Any] | str) -> Verification:
        """Check a receipt, or the stored one of an id, and look everywhere again.

        Raises:
            NotFound; InvalidInput: it is no receipt.
        """
        if isinstance(receipt, str):
            return self.connector.verify_erasure(receipt, VerificationRequest())
        held = receipt if isinstance(receipt, Receipt) else build(Receipt, receipt)
        return self.connector.verify_erasure(held.id, VerificationRequest(receipt=held))
