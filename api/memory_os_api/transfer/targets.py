"""Where an import goes: a store, with the past of each memory, or a service, as it is now."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from memory_os.clock import Clock, SystemClock
from memory_os.domain.access import Principal
from memory_os.domain.cube import Cube
from memory_os.domain.journal import Note
from memory_os.domain.lifecycle import Right, State
from memory_os.domain.operations import AddRequest, ListRequest
from memory_os.domain.operations.add import AddedEvent
from memory_os.domain.payload import Document, Fact, Message, Payload, Template
from memory_os.domain.scope import Scope
from memory_os.domain.vocabulary import SourceClass
from memory_os.domain.writing import Create, Govern, Passage, Record, Revise, Write, WriteOp
from memory_os.governance.guard import admit
from memory_os.kernel.entries import Entry, all_terms, entries, passages
from memory_os.kernel.memory_os import MemoryOS
from memory_os.kernel.reading import LISTED
from memory_os.kernel.reasons import screened_reason
from memory_os.kernel.veiling import Veil
from memory_os.ports.connector import Connector
from memory_os_api.transfer.conversion import cubes_of, scope_of, settled
from memory_os_api.transfer.intake import Taken, Tally, taken, tallied
from memory_os_api.transfer.records import CubeRecord

ACTION = "import"
_ASKED_AT_ONCE = 20


class StoreTarget:
    """A store: ids, versions, their times and the state stay what they were."""

    def __init__(self, kernel: MemoryOS, principal: Principal, reason: str) -> None:
        self._kernel = kernel
        self._parts = kernel.parts
        self._veil = Veil(self._parts)
        self._principal = principal
        self._reason = screened_reason(self._parts.seal, principal.tenant_id, reason)

    def missing(self, records: Sequence[CubeRecord]) -> list[CubeRecord]:
        """Return those whose id is unknown and whose external id is free in its scope.

        What was erased here is known: no import brings it back, nor what was made from it.
        """
        store = self._parts.store
        access = admit(self._principal, Right.WRITE, self._principal.bindings)
        present = {cube.id for cube in store.get(access, [record.id for record in records])}
        taken: set[tuple[Scope, str]] = set()
        found = []
        for record in records:
            if record.id in present or self._erased(record):
                continue
            if record.external_id is not None and record.governance.state is not State.EXPIRED:
                place = (scope_of(record), record.external_id)
                if place in taken or store.by_external_id(access, *place) is not None:
                    continue
                taken.add(place)
            found.append(record)
        return found

    def _erased(self, record: CubeRecord) -> bool:
        ids = {edge.cube_id for version in record.versions for edge in version.parents}
        tenant_id, erasures = self._principal.tenant_id, self._parts.erasures
        return any(erasures.tombstone(tenant_id, one) for one in (record.id, *sorted(ids)))

    def weighed(self, records: Sequence[CubeRecord]) -> Tally:
        """Return what storing them would come to."""
        return tallied(map(self._taken, records))

    def write(self, records: Sequence[CubeRecord]) -> Tally:
        """Store every version that is let in, in one transaction, and index it."""
        parts, tenant = self._parts, self._principal.tenant_id
        for record in records:
            admit(self._principal, Right.WRITE, scope_of(record))
        every = [self._taken(record) for record in records]
        ops: list[WriteOp] = [
            Record(Note(self._principal.id, "reject", (), each.refused))
            for each in every
            if each.refused
        ]
        ops += self._stored([each for each in every if not each.refused])
        parts.store.write(Write(tenant, self._now(), tuple(ops)))
        self._kernel.indexing.current(tenant)
        return tallied(every)

    def _stored(self, every: Sequence[Taken]) -> Iterator[WriteOp]:
        tenant, seal = self._principal.tenant_id, self._parts.seal
        records = [each.record for each in every]
        cuts = [[self._cut(each, version.payload) for version in each.versions] for each in records]
        pasts = [
            list(cubes_of(record, [all_terms(cut) for cut in past], tenant, seal))
            for record, past in zip(records, cuts, strict=True)
        ]
        vectors = iter(self._embedded([item for past in cuts for cut in past for item in cut]))
        for each, past, cut_past in zip(every, pasts, cuts, strict=True):
            for cube, cut in zip(past, cut_past, strict=True):
                rows = [next(vectors) for _ in cut]
                note = self._note(cube, each.told)
                yield self._op(cube, passages(cut, np.asarray(rows, np.float32)), note)
            final = settled(each.record)
            if final is not None:
                head = past[-1]
                note = self._note(head, f"held: {each.held}" if each.held else "")
                yield Govern(head.id, head.version.number, final, note)

    def _taken(self, record: CubeRecord) -> Taken:
        tenant_id = self._principal.tenant_id
        policies = self._kernel.aging.policies.of(tenant_id, record.agent_id)
        return taken(record, tenant_id, self._parts.seal, policies)

    def _now(self) -> datetime:
        return self._parts.clock.now()

    def _cut(self, record: CubeRecord, payload: Payload) -> tuple[Entry, ...]:
        found = entries(payload, self._parts.rules.passage_tokens, self._parts.counter)
        return self._veil.entries(self._principal.tenant_id, scope_of(record), found)

    def _embedded(self, items: Sequence[Entry]) -> NDArray[np.float32]:
        size, embedder = self._parts.rules.embed_batch, self._parts.embedder
        texts = [item.embedded for item in items]
        parts = [embedder.embed(texts[at : at + size]) for at in range(0, len(texts), size)]
        return np.concatenate(parts) if parts else np.zeros((0, embedder.dimensions), np.float32)

    def _op(self, cube: Cube, stored: tuple[Passage, ...], note: Note) -> Create | Revise:
        number = cube.version.number
        if number == 1:
            return Create(cube, stored, note)
        return Revise(cube, number - 1, stored, note)

    def _note(self, cube: Cube, told: str) -> Note:
        version, reason = cube.version, "; ".join(filter(None, (self._reason, told)))
        salted = self._parts.seal.salted(cube.tenant_id, version.signature, version.content_hash)
        return Note(self._principal.id, ACTION, (cube.id,), reason, salted)


class ServiceTarget:
    """A service: the newest version of each memory, under a new id, as an ordinary add.

    What a record had for an id becomes the external id where there was none: that is how a second
    run knows what is there. Deleted, quarantined and expired memories are left out.
    """

    def __init__(self, connector: Connector, clock: Clock | None = None) -> None:
        self._connector = connector
        self._clock = clock or SystemClock()

    def missing(self, records: Sequence[CubeRecord]) -> list[CubeRecord]:
        """Return those whose external id is free in its scope, and that recall may see."""
        now = self._clock.now()
        wanted = [
            record
            for record in records
            if record.governance.state in LISTED and not _expired(record, now)
        ]
        names = sorted({_name(record) for record in wanted})
        present: set[tuple[Scope, str | None]] = set()
        for at in range(0, len(names), _ASKED_AT_ONCE):
            present |= self._present(names[at : at + _ASKED_AT_ONCE])
        return [each for each in wanted if (scope_of(each), _name(each)) not in present]

    def _present(self, names: list[str]) -> set[tuple[Scope, str | None]]:
        found, cursor = set(), None
        while True:
            filters = {"external_id": {"in": names}}
            page = self._connector.get_all(ListRequest(filters=filters, cursor=cursor))
            for memory in page.results:
                ids = memory.user_id, memory.agent_id, memory.session_id
                found.add((Scope(*ids, memory.namespace), memory.external_id))
            cursor = page.next_cursor
            if cursor is None:
                return found

    def weighed(self, records: Sequence[CubeRecord]) -> Tally:
        """Return what adding them would come to; what the service would refuse, it alone knows."""
        return Tally(versions=len(records))

    def write(self, records: Sequence[CubeRecord]) -> Tally:
        """Add them in one transaction; the service screens them like anything that is added."""
        added = self._connector.add_many(tuple(_request(record) for record in records)).results
        events = Counter(result.event for result in added)
        return Tally(
            versions=events[AddedEvent.ADD] + events[AddedEvent.HOLD],
            held=events[AddedEvent.HOLD],
            refused=events[AddedEvent.REJECT],
            redacted=sum(result.reason.startswith("redacted ") for result in added),
        )


def _expired(record: CubeRecord, now: datetime) -> bool:
    expires_at = record.governance.lifespan.expires_at
    return expires_at is not None and expires_at <= now


def _name(record: CubeRecord) -> str:
    return record.external_id or record.id


def _request(record: CubeRecord) -> AddRequest:
    head, governance = record.versions[-1], record.governance
    fields: dict[str, Any] = {
        "user_id": record.user_id,
        "agent_id": record.agent_id,
        "session_id": record.session_id,
        "namespace": record.namespace,
        "external_id": _name(record),
        "semantic_type": head.semantic_type,
        "tags": head.tags,
        "metadata": head.metadata,
        "valid_from": head.valid_from,
        "valid_to": head.valid_to,
        "confidence": head.confidence,
        "sources": head.origin.sources,
        "source_class": SourceClass.IMPORTED,
        "expires_at": governance.lifespan.expires_at,
        "priority": governance.priority,
        "pinned": governance.pinned,
        "sensitivity": governance.sensitivity,
        "visibility": governance.visibility,
    }
    return AddRequest.model_validate(fields | _content(head.payload))


def _content(payload: Message | Fact | Document | Template) -> dict[str, Any]:
    given = asdict(payload)
    del given["form"]
    if isinstance(payload, Message):
        del given["turn"]
        given["content"], given["timestamp"] = given.pop("text"), given.pop("at")
        return {"messages": (given,)}
    if isinstance(payload, Template):
        return {payload.form: given}
    said = given.pop("at")
    if isinstance(payload, Fact):
        return {"content": given.pop("text"), "timestamp": said, **given}
    return {payload.form: given, "timestamp": said}
