"""Forming activation cubes: the files of their chunks, their header, and later versions."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from memory_os.activation.format import pack, unpack
from memory_os.activation.identity import chain, root
from memory_os.domain.access import Principal
from memory_os.domain.cube import Cube, Governance, Lifespan, Origin, Parent, Usage, Version
from memory_os.domain.kv import CHUNK, Layers
from memory_os.domain.operations.activation import ActivationRequest
from memory_os.domain.payload import (
    Activation,
    Blob,
    Check,
    KvChunk,
    ModelFingerprint,
    kind_of,
)
from memory_os.domain.scope import Scope
from memory_os.domain.vocabulary import HALF_LIFE_DAYS, SemanticType, Sensitivity, SourceClass
from memory_os.errors import InvalidInput
from memory_os.governance.guard import ceiling, source_class
from memory_os.kernel.forming import Former, still_ahead
from memory_os.kernel.parts import Parts
from memory_os.kernel.sourcing import by_chunk, edges

_SENSITIVITIES = tuple(Sensitivity)
_USUAL = _SENSITIVITIES.index(Sensitivity.INTERNAL)


def layers_of(content: bytes | memoryview, request: ActivationRequest) -> Layers:
    """Return the keys and values that came with a request, if they are of its tokens and model.

    Raises:
        InvalidInput: the file is damaged, or its tensors are fewer than the full chunks' tokens.
        NotSupported: another model computed them.
    """
    layers = unpack(content, request.model)
    full = len(request.tokens) // CHUNK * CHUNK
    if layers.tokens < full:
        raise InvalidInput(
            f"keys and values of {layers.tokens} tokens where {full} are to be kept",
            field="content",
        )
    if not layers.finite():
        raise InvalidInput("keys and values hold a number that is not finite", field="content")
    return layers.part(0, full)


def put_chunks(
    parts: Parts, tenant_id: str, layers: Layers, model: ModelFingerprint, codec: str
) -> list[Blob]:
    """Store the file of each full chunk, durably, and return them in order."""
    files = (
        pack(layers.part(start, start + CHUNK), model, codec)
        for start in range(0, layers.tokens, CHUNK)
    )
    return parts.blobs.put_many(tenant_id, files, codec)


def payload_of(
    parts: Parts, tenant_id: str, request: ActivationRequest, blobs: Sequence[Blob]
) -> Activation:
    """Return the payload: each chunk under its hash, with what it was computed from."""
    hashes = chain(root(request.model, parts.seal.kv_salt(tenant_id)), request.tokens)
    behind = by_chunk(request.sources, len(hashes))
    chunks = tuple(map(KvChunk, hashes, blobs, behind))
    return Activation(request.model, len(chunks) * CHUNK, chunks)


def new_cube(
    principal: Principal,
    cube_id: str,
    scope: Scope,
    request: ActivationRequest,
    payload: Activation,
    sources: Sequence[Cube],
    now: datetime,
) -> Cube:
    """Return a new cube, still without hash and signature.

    It has the least trust, the highest sensitivity and every label of its sources, and ends with
    the first of them.

    Raises:
        InvalidInput: it would have expired already.
    """
    own = ceiling(source_class(principal, None, None))
    governed = [cube.governance for cube in sources]
    levels = [_SENSITIVITIES.index(each.sensitivity) for each in governed]
    return Cube(
        id=cube_id,
        tenant_id=principal.tenant_id,
        scope=scope,
        kind=kind_of(payload),
        created_at=now,
        payload=payload,
        version=Version(
            number=1,
            recorded_at=now,
            semantic_type=SemanticType.PROMPT,
            content_hash="",
            tags=tuple(dict.fromkeys(request.tags)),
            metadata=dict(request.metadata),
            origin=Origin(SourceClass.INFERRED, principal.id),
            trust=min([own, *(cube.version.trust for cube in sources)]),
            parents=edges(payload),
        ),
        governance=Governance(
            state_since=now,
            visibility=request.visibility,
            lifespan=Lifespan(request.ttl_seconds, _end(request, governed, now)),
            sensitivity=_SENSITIVITIES[max(levels, default=_USUAL)],
            compliance=tuple(sorted({label for each in governed for label in each.compliance})),
        ),
        usage=Usage(half_life=HALF_LIFE_DAYS[SemanticType.PROMPT], touched_at=now),
        made_by=principal.id,
    )


def _end(
    request: ActivationRequest, sources: Sequence[Governance], now: datetime
) -> datetime | None:
    given = still_ahead(request.expires_at, now)
    if request.ttl_seconds is not None:
        given = now + timedelta(seconds=request.ttl_seconds)
    ends = [given, *(each.lifespan.expires_at for each in sources)]
    return min((end for end in ends if end is not None), default=None)


def with_check(
    parts: Parts, principal: Principal, cube: Cube, check: Check | None, now: datetime
) -> Cube:
    """Return the next version of a cache with the result of a check, or with none."""
    return next_version(parts, principal, cube, replace(cache_of(cube), check=check), now)


def next_version(
    parts: Parts, principal: Principal, cube: Cube, payload: Activation, now: datetime
) -> Cube:
    """Return the next version of a cache; its sources are those of the chunks that are left."""
    former = Former(principal, cube.scope, now, parts.ids, parts.seal)
    parents = (Parent(cube.id, cube.version.number, "version"), *edges(payload))
    return former.next_version(cube, payload, (), parents=parents)


def cache_of(cube: Cube) -> Activation:
    """Return the payload of an activation cube.

    Raises:
        InvalidInput: it is of another kind.
    """
    if not isinstance(cube.payload, Activation):
        raise InvalidInput(
            f"{cube.id!r} is a memory of kind {cube.kind.value!r}, not an activation", field="id"
        )
    return cube.payload
