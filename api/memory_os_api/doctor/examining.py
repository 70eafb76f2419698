"""The examination of a store, and the repair of what is derived."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from memory_os.errors import StoreError
from memory_os.kernel.memory_os import MemoryOS
from memory_os_api.doctor.comparing import Comparison
from memory_os_api.doctor.diagnosis import Diagnosis, Finding, Part, TenantFacts
from memory_os_api.doctor.mending import altered, damage, damaged, mend

_ATTEMPTS = 3
_FROM_BACKUP = "restore the database from a backup"
_REBUILD = "memory-os doctor --repair"


def examine(kernel: MemoryOS, database: Path | None, snapshots: Path | None) -> Diagnosis:
    """Check rows, journal, embedder and indexes of every tenant.

    ``database`` and ``snapshots`` are where the store's file and the indexes' snapshots lie, if
    they lie anywhere.
    """
    findings = [
        Finding(Part.ROWS, problem, remedy=_FROM_BACKUP) for problem in kernel.parts.store.verify()
    ]
    findings += _embedder(kernel)
    tenants: list[TenantFacts] = []
    for tenant_id in kernel.parts.store.tenants():
        findings += damaged(damage(kernel, tenant_id), tenant_id)
        findings += altered(kernel, tenant_id)
    if not any(finding.part is Part.EMBEDDER for finding in findings):
        findings += _snapshots(kernel, snapshots)
        for tenant_id in kernel.parts.store.tenants():
            found, facts = _tenant(kernel, tenant_id)
            findings += found
            tenants.append(facts)
    stored = kernel.parts.store.embedder()
    return Diagnosis(
        findings=tuple(findings),
        tenants=tuple(tenants),
        embedder=stored.name if stored else "",
        files=dict(_files(database, snapshots)),
    )


def repair(kernel: MemoryOS, database: Path | None, snapshots: Path | None) -> Diagnosis:
    """Make again what is derived, of every tenant that needs it, and examine again.

    Nothing is derived from words that were altered: such a tenant is left as it is.
    """
    before = examine(kernel, database, snapshots)
    altered_ones = {finding.tenant for finding in before.findings if finding.part is Part.SEAL}
    broken = [
        finding
        for finding in before.findings
        if finding.repairable and finding.tenant not in altered_ones
    ]
    for tenant_id in sorted({finding.tenant for finding in broken if finding.tenant}):
        mend(kernel, tenant_id)
        kernel.indexing.rebuild(tenant_id)
    if not broken:
        return before
    return replace(examine(kernel, database, snapshots), repaired=tuple(broken))


def _embedder(kernel: MemoryOS) -> Iterator[Finding]:
    stored, mine = kernel.parts.store.embedder(), kernel.parts.embedder
    if stored is not None and stored.fingerprint != mine.fingerprint:
        yield Finding(
            Part.EMBEDDER,
            f"the stored vectors come from {stored.name!r}, this installation embeds with "
            f"{mine.name!r}; the indexes were not compared",
            remedy="memory-os reindex",
        )


def _tenant(kernel: MemoryOS, tenant_id: str) -> tuple[list[Finding], TenantFacts]:
    parts = kernel.parts
    if damage(kernel, tenant_id).misshapen:
        return [], TenantFacts(tenant_id, parts.store.head(tenant_id), 0, 0)
    try:
        comparison, problems = _compared(kernel, tenant_id)
    except StoreError as error:
        finding = Finding(Part.ROWS, error.message, tenant_id, _FROM_BACKUP)
        return [finding], TenantFacts(tenant_id, parts.store.head(tenant_id), 0, 0)
    findings = [Finding(Part.INDEX, problem, tenant_id, _REBUILD) for problem in problems]
    facts = TenantFacts(
        tenant_id,
        parts.store.head(tenant_id),
        len(comparison.expected.numbers),
        comparison.recalled,
    )
    return findings, facts


def _compared(kernel: MemoryOS, tenant_id: str) -> tuple[Comparison, list[str]]:
    """Compare until nobody wrote meanwhile, so that a busy store is not called broken."""
    parts = kernel.parts
    for _ in range(_ATTEMPTS):
        head = parts.store.head(tenant_id)
        index = kernel.indexing.current(tenant_id)
        dimensions, now = parts.embedder.dimensions, parts.clock.now()
        comparison = Comparison(parts.store, index, tenant_id, dimensions, now)
        problems = list(comparison.problems())
        if not problems or parts.store.head(tenant_id) == head:
            break
    return comparison, problems


def _snapshots(kernel: MemoryOS, snapshots: Path | None) -> Iterator[Finding]:
    """Find the tenants whose snapshot lies there and cannot be opened.

    More snapshots than indexes that come out of one means that the tenants without have a bad one.
    """
    if snapshots is None or kernel.indexing.opened():
        return
    store = kernel.parts.store
    indexes = {
        tenant_id: kernel.parts.indexes.open(tenant_id, partial(store.checkpoint, tenant_id))
        for tenant_id in store.tenants()
    }
    empty = [tenant_id for tenant_id, index in indexes.items() if index.applied == 0]
    if sum(1 for _ in snapshots.glob("*/*.snapshot")) > len(indexes) - len(empty):
        problem = "a snapshot is damaged, or of another embedder or journal; it is not used"
        for tenant_id in empty:
            yield Finding(Part.SNAPSHOT, problem, tenant_id, _REBUILD)


def _files(database: Path | None, snapshots: Path | None) -> Iterator[tuple[str, int]]:
    if database is not None:
        for path in sorted(database.parent.glob(database.name + "*")):
            if path.is_file():
                yield path.name, path.stat().st_size
    if snapshots is not None and snapshots.is_dir():
        sizes = [path.stat().st_size for path in snapshots.glob("**/*") if path.is_file()]
        yield snapshots.name + "/", sum(sizes)
