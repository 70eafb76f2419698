"""Erasing's part of the connector port, over REST."""

import re

from memory_os.domain.operations.erase import (
    EraseRequest,
    Receipt,
    Verification,
    VerificationRequest,
)
from memory_os.errors import NotFound
from memory_os_api.client.time_machine import Way

ERASURES = "/v1/erasures"
_ID = re.compile(r"[A-Za-z0-9_-]{1,256}")


class ErasingCalls:
    """Ask a service to erase. It is repeated only where it is sure that nothing was done."""

    def erase(self: Way, request: EraseRequest) -> Receipt:
        """Erase for good, with everything made from it."""
        body = request.model_dump(mode="json", exclude_unset=True)
        return self._open.ask("POST", ERASURES, Receipt, body=body)

    def erasure(self: Way, erasure_id: str) -> Receipt:
        """Return the receipt of an erasure as it stands."""
        return self._open.ask("GET", _path(erasure_id), Receipt, safe=True, changes=False)

    def verify_erasure(self: Way, erasure_id: str, request: VerificationRequest) -> Verification:
        """Check a receipt and look everywhere again."""
        body = request.model_dump(mode="json")
        path = f"{_path(erasure_id)}/verifications"
        return self._open.ask("POST", path, Verification, body=body, safe=True)


def _path(erasure_id: str) -> str:
    if not _ID.fullmatch(erasure_id):
        raise NotFound(f"no erasure {erasure_id[:100]!r}", id=erasure_id[:100])
    return f"{ERASURES}/{erasure_id}"
