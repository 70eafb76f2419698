"""Reviewing what was held, and vouching for memories: requests."""

from typing import Annotated, Literal

from pydantic import Field

from memory_os.domain.operations.common import Border, Id, Reason

TrustName = Literal["untrusted", "low", "standard", "verified"]
Why = Annotated[Reason, Field(min_length=1)]


class AttestRequest(Border):
    """Say how far a memory may be relied on, and why; nothing else raises trust."""

    trust: TrustName
    reason: Why
    expected_version: int | None = Field(default=None, ge=1)
    dry_run: bool = False
    idempotency_key: Id | None = None


class RejectRequest(Border):
    """End the time of a memory that is held for review; it can be restored for a while."""

    reason: Why
    dry_run: bool = False
    idempotency_key: Id | None = None
