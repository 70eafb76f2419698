"""Auditing: reading the journal, checking it, exporting it, signing where it stands."""

from collections.abc import Sequence
from dataclasses import replace

from memory_os.domain.access import Principal
from memory_os.domain.audit import Findings, Head, examine, follow, following, in_order
from memory_os.domain.journal import GENESIS, Note
from memory_os.domain.lifecycle import Right
from memory_os.domain.operations.audit import (
    AuditPage,
    AuditRequest,
    AuditVerification,
    SignedHead,
    to_event,
    to_signed_head,
    to_verification,
)
from memory_os.domain.writing import Record, Write
from memory_os.errors import InvalidCursor, StoreCorrupt
from memory_os.governance.guard import whole_tenant
from memory_os.kernel.parts import Parts

EXPORT = "audit_export"
_NO_LINE = "is in the database and not in the file of heads beside it; lines of that file are gone"
_NO_ROW = (
    "is in the file of heads and not in the database; rows of the database are gone, or a program "
    "was killed as it signed"
)


class Auditing:
    """Audit a tenant for any principal that may."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def events(self, principal: Principal, request: AuditRequest) -> AuditPage:
        """Return a page of the journal, oldest first.

        Raises:
            AccessDenied; InvalidCursor: it is no cursor of this listing; StoreCorrupt: an entry
            cannot be read.
        """
        whole_tenant(principal, Right.AUDIT)
        after = _place(request.cursor)
        found = self._parts.audit.sightings(
            principal.tenant_id, request.sighting, after, request.limit + 1
        )
        page = found[: request.limit]
        more = str(page[-1].seq) if len(found) > len(page) else None
        return AuditPage(results=tuple(map(to_event, page)), next_cursor=more)

    def verify(self, principal: Principal) -> AuditVerification:
        """Check the whole journal of the tenant, and what its signed heads say of it.

        Raises:
            AccessDenied.
        """
        whole_tenant(principal, Right.AUDIT)
        return to_verification(self._findings(principal.tenant_id))

    def export(self, principal: Principal) -> SignedHead:
        """Journal that the journal is taken out, and return the signed end of what to take.

        Raises:
            AccessDenied.
        """
        whole_tenant(principal, Right.AUDIT)
        tenant_id, now = principal.tenant_id, self._parts.clock.now()
        note = Note(principal.id, EXPORT, ())
        self._parts.store.write(Write(tenant_id, now, (Record(note),)))
        return to_signed_head(self._kept(tenant_id))

    def checkpoint(self, tenant_id: str) -> SignedHead | None:
        """Sign where the tenant's journal stands and keep that twice; nothing if it is empty.

        Doing so again before the journal has grown changes nothing.
        """
        last = self._parts.audit.last(tenant_id)
        return to_signed_head(self._kept(tenant_id)) if last and last[0] else None

    def checkpoint_written(self) -> None:
        """Sign the journals that grew here, if there is a place apart to keep that."""
        for tenant_id in self._parts.audit.written():
            if self._parts.audit.heads_apart(tenant_id) is not None:
                self.checkpoint(tenant_id)

    def lacks(self, exported: Head) -> str:
        """Say in words what is missing here of what an exported head says, empty for nothing."""
        tenant_id, seq = exported.tenant_id, exported.seq
        ends = (self._parts.audit.last(tenant_id) or (0, GENESIS))[0]
        if ends < seq:
            return f"the database's journal ends at entry {ends}, and entry {seq} was exported"
        if self._parts.store.checkpoint(tenant_id, seq) != exported.hash:
            return f"entry {seq} of the database is not the one that the exported head signs"
        if exported not in self._parts.audit.signed(tenant_id):
            return (
                f"the exported head at entry {seq} is neither in the database nor in the file of "
                "heads; the last heads were taken out of both"
            )
        return ""

    def _kept(self, tenant_id: str) -> Head:
        """Sign where the journal stands after the last head, unless that one says so; keep it.

        Another process that keeps a head meanwhile is followed.
        """
        while True:
            known = self._parts.audit.signed(tenant_id)
            seq, digest = self._parts.audit.last(tenant_id) or (0, GENESIS)
            if known and known[-1].seq == seq:
                self._parts.audit.keep_head(known[-1])
                return known[-1]
            head = following(known, Head(tenant_id, seq, digest, self._parts.clock.now()))
            signature = self._parts.seal.head(tenant_id, head.statement())
            head = replace(head, signature=signature)
            if self._parts.audit.keep_head(head):
                return head

    def _findings(self, tenant_id: str) -> Findings:
        """Read the place apart first: what it says then was committed before."""
        unreadable: list[str] = []
        apart = self._apart(tenant_id, unreadable)
        with self._parts.audit.whole(tenant_id) as journal:
            beside = journal.heads
            heads = in_order((*beside, *(apart or ())))
            last = journal.last or (0, GENESIS)
            findings = examine(journal.lines, heads, self._genuine, last)
        follow(beside, "the database", findings)
        if apart is not None and not unreadable:
            follow(in_order(apart), "the file of heads", findings)
            again = self._apart(tenant_id, unreadable) or []
            _lacking(beside, again, findings, _NO_LINE)
            if _missing(apart, beside):
                beside = self._parts.audit.heads(tenant_id, settled=True)
            _lacking(apart, beside, findings, _NO_ROW)
        findings.problems += unreadable
        return findings

    def _apart(self, tenant_id: str, unreadable: list[str]) -> list[Head] | None:
        try:
            return self._parts.audit.heads_apart(tenant_id)
        except StoreCorrupt as error:
            unreadable.append(error.message)
            return []

    def _genuine(self, head: Head) -> bool:
        return self._parts.seal.is_head(head.tenant_id, head.statement(), head.signature)


def _missing(heads: Sequence[Head], others: Sequence[Head]) -> list[Head]:
    known = set(others)
    return [head for head in heads if head not in known]


def _lacking(heads: Sequence[Head], others: Sequence[Head], findings: Findings, where: str) -> None:
    for head in _missing(heads, others):
        findings.found(f"the head signed on {head.day} at entry {head.seq} {where}")


def _place(cursor: str | None) -> int:
    if cursor is None:
        return 0
    if not (cursor.isascii() and cursor.isdigit()) or len(cursor) > 18:
        raise InvalidCursor(
            f"{cursor!r} is no cursor of the journal; start again without one", field="cursor"
        )
    return int(cursor)
