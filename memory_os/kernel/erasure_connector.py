"""Erasing's part of the connector port, for one principal."""

from collections.abc import Callable

from memory_os.domain.access import Principal
from memory_os.domain.operations.erase import (
    EraseRequest,
    Receipt,
    Verification,
    VerificationRequest,
)
from memory_os.kernel.erasing import Erasing


class ErasureConnector:
    """Erase, and look after what was erased."""

    def __init__(self, erasing: Erasing, principal: Callable[[], Principal]) -> None:
        self._erasing = erasing
        self._eraser = principal

    def erase(self, request: EraseRequest) -> Receipt:
        """Erase for good, with everything made from it."""
        return self._erasing.erase(self._eraser(), request)

    def erasure(self, erasure_id: str) -> Receipt:
        """Return the receipt of an erasure as it stands."""
        return self._erasing.erasure(self._eraser(), erasure_id)

    def verify_erasure(self, erasure_id: str, request: VerificationRequest) -> Verification:
        """Check a receipt and look everywhere again."""
        return self._erasing.verify(self._eraser(), erasure_id, request)
