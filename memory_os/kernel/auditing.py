"""Auditing: reading the journal, checking it, exporting it, signing where it stands."""

from dataclasses import replace

from memory_os.domain.access import Principal
from memory_os.domain.audit import Findings, Head, examine
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
        head = self._signed(tenant_id)
        self._parts.audit.keep_head(head)
        return to_signed_head(head)

    def checkpoint(self, tenant_id: str) -> SignedHead | None:
        """Sign where the tenant's journal stands and keep that twice; nothing if it is empty.

        Doing so again before the journal has grown changes nothing.
        """
        head = self._signed(tenant_id)
        if not head.seq:
            return None
        kept = self._parts.audit.heads(tenant_id)
        if kept and kept[-1].seq == head.seq:
            return to_signed_head(kept[-1])
        self._parts.audit.keep_head(head)
        return to_signed_head(head)

    def checkpoint_written(self) -> None:
        """Sign the journals that grew here, if there is a place apart to keep that."""
        for tenant_id in self._parts.audit.written():
            if self._parts.audit.heads_apart(tenant_id) is not None:
                self.checkpoint(tenant_id)

    def _signed(self, tenant_id: str) -> Head:
        seq, digest = self._parts.audit.last(tenant_id) or (0, GENESIS)
        head = Head(tenant_id, seq, digest, self._parts.clock.now())
        return replace(head, signature=self._parts.seal.head(tenant_id, head.statement()))

    def _findings(self, tenant_id: str) -> Findings:
        """Read the place apart first: what it says then was committed before."""
        unreadable: list[str] = []
        apart = self._apart(tenant_id, unreadable)
        with self._parts.audit.whole(tenant_id) as journal:
            beside = journal.heads
            every = {(head.seq, head.signature): head for head in (*beside, *(apart or ()))}
            heads = [every[place] for place in sorted(every)]
            last = journal.last or (0, GENESIS)
            findings = examine(journal.lines, heads, self._genuine, last)
        if apart is not None and not unreadable:
            again = {(h.seq, h.signature) for h in self._apart(tenant_id, unreadable) or ()}
            for head in beside:
                if (head.seq, head.signature) not in again:
                    findings.found(
                        f"the head signed on {head.day} at entry {head.seq} is in the database "
                        "and not in the file of heads beside it; lines of that file are gone"
                    )
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


def _place(cursor: str | None) -> int:
    if cursor is None:
        return 0
    if not (cursor.isascii() and cursor.isdigit()) or len(cursor) > 18:
        raise InvalidCursor(
            f"{cursor!r} is no cursor of the journal; start again without one", field="cursor"
        )
    return int(cursor)
