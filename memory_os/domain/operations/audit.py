"""Auditing: requests and answers."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from memory_os.domain.audit import Findings, Head, Sighting
from memory_os.domain.journal import Entry
from memory_os.domain.operations.common import Border, Id, Label, Limits, Moment

AuditCursor = Annotated[str, Field(max_length=32)]


class AuditRequest(Border):
    """A page of the journal, oldest first; what is not given may be anything."""

    actor: Id | None = None
    action: Label | None = None
    target: Id | None = None
    since: Moment | None = None
    until: Moment | None = None
    limit: int = Field(default=100, ge=1, le=Limits.PAGE)
    cursor: AuditCursor | None = None

    @property
    def sighting(self) -> Sighting:
        """Return which entries are meant."""
        return Sighting(self.actor, self.action, self.target, self.since, self.until)


class AuditEvent(Border):
    """A journal entry: who did what to which memories and why, never what they hold.

    ``salted`` is a hash of the content under a salt that dies with the memory. ``hash`` is the
    SHA-256 of ``prev``, the hash before it, and of the entry, in which the SHA-256 of ``salt`` and
    ``reason`` stands for the reason. An erasure takes both out; then ``sealed`` is that hash.
    """

    seq: int
    at: datetime
    actor: str
    action: str
    targets: tuple[str, ...]
    reason: str
    salted: str
    prev: str
    hash: str
    salt: str = ""
    sealed: str = ""


class AuditPage(Border):
    """A page of events, oldest first."""

    results: tuple[AuditEvent, ...]
    next_cursor: str | None = None


class SignedHead(Border):
    """Where a tenant's journal stood at a time, signed under the store's secret.

    ``number`` counts the tenant's heads, ``prev`` is a hash of the one before; 0 and empty in
    heads of earlier releases.
    """

    tenant: str
    day: str
    seq: int
    hash: str
    at: datetime
    signature: str
    number: int = 0
    prev: str = ""


class AuditVerification(Border):
    """What a check of the journal found.

    ``head`` is the last entry that holds, ``broken_at`` the first one that does not, ``heads`` how
    many signed heads were compared, ``signed_to`` up to which entry they cover the chain.
    """

    ok: bool
    entries: int
    head: str
    broken_at: int | None = None
    heads: int = 0
    signed_to: int = 0
    signatures_checked: bool = True
    problems: tuple[str, ...] = ()


def to_event(entry: Entry) -> AuditEvent:
    """Return a journal entry as callers see it."""
    note = entry.note
    return AuditEvent(
        seq=entry.seq,
        at=entry.at,
        actor=note.actor,
        action=note.action,
        targets=note.targets,
        reason=note.reason,
        salted=note.salted,
        prev=entry.prev,
        hash=entry.hash,
        salt=note.salt,
        sealed=note.sealed,
    )


def to_signed_head(head: Head) -> SignedHead:
    """Return a head as callers see it."""
    return SignedHead(
        tenant=head.tenant_id,
        day=head.day,
        seq=head.seq,
        hash=head.hash,
        at=head.at,
        signature=head.signature,
        number=head.number,
        prev=head.prev,
    )


def from_signed_head(head: SignedHead) -> Head:
    """Return the head that callers see as ``head``."""
    return Head(head.tenant, head.seq, head.hash, head.at, head.signature, head.number, head.prev)


def to_verification(findings: Findings, *, signatures_checked: bool = True) -> AuditVerification:
    """Return what was found as callers see it."""
    return AuditVerification(
        ok=not findings.problems,
        entries=findings.entries,
        head=findings.hash,
        broken_at=findings.broken_at,
        heads=findings.heads,
        signed_to=findings.signed_to,
        signatures_checked=signatures_checked,
        problems=tuple(findings.problems),
    )
