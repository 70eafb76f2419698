"""Writing memories out, from a store with their past or from a service as they are."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from memory_os.domain.access import AccessFilter, Principal
from memory_os.domain.cube import Cube
from memory_os.domain.filters import parse_filter
from memory_os.domain.grants import Purpose
from memory_os.domain.journal import Note
from memory_os.domain.lifecycle import Right, State
from memory_os.domain.operations import ListRequest
from memory_os.domain.query import Visibility
from memory_os.domain.scope import Scope, ScopeMatch
from memory_os.domain.vocabulary import Kind
from memory_os.domain.writing import Record, Write
from memory_os.governance.guard import admit
from memory_os.kernel.lookup import purged
from memory_os.kernel.memory_os import MemoryOS
from memory_os.kernel.parts import Progress, silent
from memory_os.kernel.witnessing import Witness
from memory_os.ports.connector import Connector
from memory_os.ports.cube_store import Listing
from memory_os_api.transfer.conversion import record_of, record_of_head
from memory_os_api.transfer.lines import Digest, sealed
from memory_os_api.transfer.records import CubeRecord, End, Header

ACTION = "export"
PAGE = 500
KEPT = frozenset(State) - {State.ERASED}


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export wrote."""

    cubes: int
    versions: int
    bytes: int
    carries: Literal["versions", "heads"]
    digest: str


def stored(kernel: MemoryOS, principal: Principal, scope: Scope) -> Iterator[CubeRecord]:
    """Yield every text memory in exactly ``scope`` with all its versions, by creation.

    Deleted ones that can still be restored are among them, erased ones are not, nor restricted ones
    without a grant to export them. Each memory is read as it stands at that moment.
    """
    store = kernel.parts.store
    access = admit(principal, Right.READ, scope, purpose=Purpose.EXPORT)
    witness = Witness(kernel.parts)
    for here in _pages(kernel, access, _visible(scope)):
        witness.cubes(principal, ACTION, here)
        for cube in here:
            past = store.history(access, cube.id) if cube.version.number > 1 else [cube]
            if past:
                yield record_of(past)


def withheld(kernel: MemoryOS, principal: Principal, scope: Scope) -> int:
    """Return how many restricted memories of the scope no grant lets the caller export."""
    restricted = replace(_visible(scope), filter=parse_filter({"sensitivity": "restricted"}))
    there, given = (
        sum(map(len, _pages(kernel, admit(principal, Right.READ, scope, purpose=p), restricted)))
        for p in (None, Purpose.EXPORT)
    )
    return there - given


def _visible(scope: Scope) -> Visibility:
    return Visibility(
        scope,
        ScopeMatch.EXACT,
        any_validity=True,
        kinds=frozenset({Kind.TEXT}),
        states=KEPT,
    )


def _pages(kernel: MemoryOS, access: AccessFilter, wanted: Visibility) -> Iterator[list[Cube]]:
    cursor = None
    while True:
        listing = Listing(wanted, PAGE, cursor)
        page = kernel.parts.store.find(access, listing, kernel.parts.clock.now())
        yield [cube for cube in page.cubes if not purged(kernel.parts, cube)]
        cursor = page.cursor
        if cursor is None:
            return


def journalled(kernel: MemoryOS, principal: Principal, scope: Scope, done: "Exported") -> None:
    """Leave an entry in the journal: who exported which scope and how much, never content."""
    ids = {
        "user_id": scope.user_id,
        "agent_id": scope.agent_id,
        "session_id": scope.session_id,
        "namespace": "/".join(scope.namespace) or None,
    }
    asked = ", ".join(f"{name}={value}" for name, value in ids.items() if value) or "everything"
    reason = f"{done.cubes} memories, {done.versions} versions, {done.bytes} bytes of {asked}"
    note = Note(principal.id, ACTION, (), reason)
    now = kernel.parts.clock.now()
    kernel.parts.store.write(Write(principal.tenant_id, now, (Record(note),)))


def served(connector: Connector, scope: Scope) -> Iterator[CubeRecord]:
    """Yield the newest version of every memory in exactly ``scope`` that a service lists."""
    cursor = None
    while True:
        page = connector.get_all(
            ListRequest(
                user_id=scope.user_id,
                agent_id=scope.agent_id,
                session_id=scope.session_id,
                namespace=scope.namespace,
                limit=PAGE,
                any_validity=True,
                cursor=cursor,
            )
        )
        yield from (record_of_head(memory) for memory in page.results)
        cursor = page.next_cursor
        if cursor is None:
            return


def write_export(
    records: Iterator[CubeRecord],
    carries: Literal["versions", "heads"],
    write: Callable[[bytes], object],
    *,
    product: str,
    now: datetime,
    progress: Progress = silent,
) -> Exported:
    """Write a header, a line for each record, and the end."""
    digest, size, cubes, versions = Digest(), 0, 0, 0
    line, checksum = sealed(Header(product=product, exported_at=now, carries=carries))
    digest.add(checksum)
    write(line)
    size += len(line)
    for record in records:
        line, checksum = sealed(record)
        digest.add(checksum)
        write(line)
        size += len(line)
        cubes += 1
        versions += len(record.versions)
        if cubes % PAGE == 0:
            progress("exporting", cubes, 0)
    line, _ = sealed(End(cubes=cubes, digest=digest.hex()))
    write(line)
    return Exported(cubes, versions, size + len(line), carries, digest.hex())
