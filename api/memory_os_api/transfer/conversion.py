"""Between memories and their records."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from pydantic import TypeAdapter

from memory_os.domain.cube import Cube, Governance, Lifespan, Origin, Version
from memory_os.domain.lifecycle import RECALLED, State
from memory_os.domain.operations import Memory
from memory_os.domain.payload import Payload
from memory_os.domain.scope import Scope
from memory_os.domain.simhash import simhash
from memory_os.domain.vocabulary import Priority, Sensitivity, Visibility
from memory_os.governance.seal import Seal
from memory_os_api.transfer.records import CubeRecord, VersionRecord

_PAYLOAD: TypeAdapter[Payload] = TypeAdapter(Payload)


def record_of(versions: Sequence[Cube]) -> CubeRecord:
    """Return the record of a memory from its versions, oldest first."""
    head = versions[-1]
    return CubeRecord.model_construct(
        id=head.id,
        kind=head.kind,
        user_id=head.scope.user_id,
        agent_id=head.scope.agent_id,
        session_id=head.scope.session_id,
        namespace=head.scope.namespace,
        external_id=head.external_id,
        created_at=head.created_at,
        governance=head.governance,
        usage=head.usage,
        versions=tuple(_version_of(cube) for cube in versions),
    )


def _version_of(cube: Cube) -> VersionRecord:
    version = cube.version
    return VersionRecord.model_construct(
        version=version.number,
        recorded_at=version.recorded_at,
        semantic_type=version.semantic_type,
        payload=cube.payload,
        tags=version.tags,
        metadata=version.metadata,
        origin=version.origin,
        trust=version.trust.label,
        confidence=version.confidence,
        valid_from=version.valid_from,
        valid_to=version.valid_to,
        branch=version.branch,
        parents=version.parents,
        merged_into=version.merged_into,
        superseded_by=version.superseded_by,
        conflicts_with=version.conflicts_with,
        signature=version.signature,
    )


def record_of_head(memory: Memory) -> CubeRecord:
    """Return the record of a memory whose newest version alone is known."""
    governance = Governance(
        state=memory.state,
        state_reason=memory.state_reason,
        visibility=Visibility(memory.visibility),
        lifespan=Lifespan(expires_at=memory.expires_at, purge_at=memory.purge_at),
        priority=Priority(memory.priority),
        pinned=memory.pinned,
        sensitivity=Sensitivity(memory.sensitivity),
    )
    version = VersionRecord.model_construct(
        version=memory.version,
        recorded_at=memory.updated_at,
        semantic_type=memory.semantic_type,
        payload=memory.payload,
        tags=memory.tags,
        metadata=memory.metadata,
        origin=Origin(memory.source_class, memory.actor, None, memory.sources),
        trust=memory.trust,
        confidence=memory.confidence,
        valid_from=memory.valid_from,
        valid_to=memory.valid_to,
    )
    return CubeRecord.model_construct(
        id=memory.id,
        kind=memory.kind,
        user_id=memory.user_id,
        agent_id=memory.agent_id,
        session_id=memory.session_id,
        namespace=memory.namespace,
        external_id=memory.external_id,
        created_at=memory.created_at,
        governance=governance,
        versions=(version,),
    )


def scope_of(record: CubeRecord) -> Scope:
    """Return whose memory the record is."""
    return Scope(record.user_id, record.agent_id, record.session_id, record.namespace)


def cubes_of(
    record: CubeRecord, terms: Sequence[Sequence[str]], tenant_id: str, seal: Seal
) -> Iterator[Cube]:
    """Yield the record's versions as cubes of a tenant, renumbered from 1, sealed anew.

    ``terms`` are the analysed terms of each version.

    The cube's state is one that recall sees; ``settled`` returns the governance it ends with.
    """
    for number, (version, said) in enumerate(zip(record.versions, terms, strict=True), 1):
        content_hash = seal.content_hash(tenant_id, _PAYLOAD.dump_json(version.payload))
        origin, trust = version.origin, version.level
        signature = seal.signature(
            tenant_id,
            cube_id=record.id,
            version=number,
            content_hash=content_hash,
            source_class=origin.source_class,
            trust=trust,
        )
        yield Cube(
            id=record.id,
            tenant_id=tenant_id,
            scope=scope_of(record),
            kind=record.kind,
            created_at=record.created_at,
            payload=version.payload,
            version=Version(
                number=number,
                recorded_at=version.recorded_at,
                semantic_type=version.semantic_type,
                content_hash=content_hash,
                signature=signature,
                branch=version.branch,
                tags=version.tags,
                metadata=version.metadata,
                origin=origin,
                trust=trust,
                confidence=version.confidence,
                simhash=simhash(said),
                valid_from=version.valid_from,
                valid_to=version.valid_to,
                parents=version.parents,
                merged_into=version.merged_into,
                superseded_by=version.superseded_by,
                conflicts_with=version.conflicts_with,
            ),
            governance=_while_written(record.governance),
            usage=record.usage,
            external_id=record.external_id,
        )


def settled(record: CubeRecord) -> Governance | None:
    """Return the governance that the memory ends with, if it is not the one it is written with."""
    if _while_written(record.governance) == record.governance:
        return None
    return record.governance


def _while_written(governance: Governance) -> Governance:
    if governance.state in RECALLED and not governance.resume:
        return governance
    return replace(governance, state=State.GENERATED, state_reason="imported", resume=())
