"""Proving an erasure: probes, the receipt and its signature, and checking them again."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime

from memory_os.domain.erasure import Erasure, Stage
from memory_os.domain.operations.erase import (
    ErasedMember,
    Probe,
    Receipt,
    Replacement,
    Residual,
    TaintedAdapter,
    Verification,
)
from memory_os.kernel.closing import everything
from memory_os.kernel.parts import Parts

MOST_FOUND = 20


class Proving:
    """Look everywhere for what was erased."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def probes(self, tenant_id: str, ids: Sequence[str]) -> Iterator[Probe]:
        """Yield what each place says of these memories."""
        store, erasures = self._parts.store, self._parts.erasures
        rows = erasures.left(tenant_id, ids)
        yield _probe("rows", [f"{count} rows of {name}" for name, count in rows.items()])
        heads = store.get(everything(tenant_id), list(ids))
        yield _probe("doors", [cube.id for cube in heads])
        buried = (one for one in ids if erasures.tombstone(tenant_id, one) is None)
        yield _probe("tombstones", [f"{one} has none" for one in buried])
        yield _probe("index", self._parts.indexes.holding(tenant_id, ids))
        yield _probe("engine", erasures.scrub())
        for each in self._parts.erasables:
            yield _probe(each.name, each.probe(tenant_id, ids))

    def person(self, tenant_id: str, receipt: Receipt) -> Iterator[Probe]:
        """Yield what is left of the person that an erasure is about, from before it was asked for.

        Whoever they are is not kept: every user's id that the rows have is held against the mark.
        """
        if receipt.subject is None:
            return
        erasures, seal, until = self._parts.erasures, self._parts.seal, receipt.requested_at
        rows = (
            each.place
            for each in erasures.named(tenant_id)
            if each.since <= until and seal.subject(tenant_id, each.user_id) == receipt.subject
        )
        reasons = erasures.said_of(tenant_id, receipt.subject, receipt.seq)
        found = [f"{count} rows of {name}" for name, count in sorted(Counter(rows).items())]
        yield _probe("subject", [*found, *(f"the reason of entry {seq}" for seq in reasons)])

    def proven(self, erasure: Erasure) -> Receipt:
        """Return the signed receipt of an erasure whose rows are gone."""
        now = self._parts.clock.now()
        begun, tenant_id = drafted(erasure, Stage.PARTIAL), erasure.tenant_id
        probes = (*self.probes(tenant_id, erasure.ids), *self.person(tenant_id, begun))
        done = all(probe.passed for probe in probes)
        receipt = begun.model_copy(
            update={
                "status": Stage.COMPLETE if done else Stage.PARTIAL,
                "proven_at": now,
                "probes": probes,
                "residuals": self._residuals(erasure.removed_at or now),
            }
        )
        return receipt.model_copy(update={"signature": self.signature(erasure.tenant_id, receipt)})

    def verified(self, tenant_id: str, receipt: Receipt) -> Verification:
        """Return whether ``receipt`` is this tenant's, unchanged, and still true."""
        ids = [member.id for member in receipt.closure]
        probes = (*self.probes(tenant_id, ids), *self.person(tenant_id, receipt))
        signed = receipt.signature == self.signature(tenant_id, receipt)
        journal = self._parts.store.checkpoint(tenant_id, receipt.seq) == receipt.hash
        passed = all(probe.passed for probe in probes)
        return Verification(
            id=receipt.id,
            ok=signed and journal and passed and receipt.status is Stage.COMPLETE,
            signature=signed,
            journal=journal,
            probes=probes,
            checked_at=self._parts.clock.now(),
        )

    def signature(self, tenant_id: str, receipt: Receipt) -> str:
        """Return what the tenant's seal makes of a receipt.

        One about no person is signed as it was before receipts could be about one.
        """
        unsigned = receipt.model_copy(update={"signature": ""})
        without = {"subject"} if receipt.subject is None else None
        said = unsigned.model_dump_json(exclude=without)
        return self._parts.seal.receipt(tenant_id, said.encode())

    def _residuals(self, since: datetime) -> tuple[Residual, ...]:
        kept = self._parts.rules.residuals.items()
        return tuple(Residual(what=what, until=since + lasts) for what, lasts in kept)


def drafted(erasure: Erasure, status: Stage, *, dry_run: bool = False) -> Receipt:
    """Return what is known of an erasure as a receipt, without probes or a signature."""
    return Receipt(
        id=erasure.id,
        status=status,
        requester=erasure.requester,
        reason=erasure.reason,
        override=erasure.override,
        requested_at=erasure.requested_at,
        removed_at=erasure.removed_at,
        closure=tuple(ErasedMember(id=m.id, kind=m.kind, role=m.role) for m in erasure.members),
        replaced=tuple(
            Replacement(old=r.old, new=r.new, parents=r.parents) for r in erasure.replaced
        ),
        tainted=tuple(
            TaintedAdapter(id=t.id, remaining=t.remaining, action=t.action) for t in erasure.tainted
        ),
        counts=erasure.counts,
        seq=erasure.seq,
        hash=erasure.hash,
        dry_run=dry_run,
        subject=erasure.subject,
    )


def _probe(name: str, found: Sequence[str]) -> Probe:
    return Probe(name=name, passed=not found, found=tuple(found[:MOST_FOUND]))
