"""Forming adapter cubes: payload, header, and what training looks at."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from memory_os.domain.access import Principal
from memory_os.domain.cube import Cube, Governance, Origin, Parent, Usage, Version
from memory_os.domain.lifecycle import Right
from memory_os.domain.operations.adapter import AdapterRequest, Trainable
from memory_os.domain.payload import Adapter, Blob, Fact, Manifest, Source, kind_of
from memory_os.domain.scope import Scope
from memory_os.domain.vocabulary import HALF_LIFE_DAYS, Sensitivity, SourceClass
from memory_os.errors import InvalidInput
from memory_os.governance.guard import ceiling, rights_on, source_class
from memory_os.kernel.forming import Former
from memory_os.kernel.joining import PLANNED
from memory_os.kernel.parts import Parts
from memory_os.parametric.format import AdapterFile
from memory_os.policies.promotion import Contributor

_SENSITIVITIES = tuple(Sensitivity)
_USUAL = _SENSITIVITIES.index(Sensitivity.INTERNAL)


def payload_of(
    request: AdapterRequest, file: AdapterFile, sources: Sequence[tuple[Cube, float]], blob: Blob
) -> Adapter:
    """Return the payload of an adapter that was not judged yet."""
    contributors = tuple(
        Source(cube.id, cube.version.number, hash=cube.version.content_hash, weight=weight)
        for cube, weight in sources
    )
    modules = {name.rsplit(".", 1)[-1] for name in file.weights.modules}
    training = {**request.training, "peft": dict(file.config)}
    return Adapter(
        request.base,
        request.method,
        file.weights.rank,
        file.weights.alpha,
        tuple(sorted(modules)),
        blob,
        Manifest(contributors, request.data_hash, request.seed, training),
    )


def edges(manifest: Manifest) -> tuple[Parent, ...]:
    """Return the derivations of an adapter: erasing a contributor takes the adapter too."""
    return tuple(Parent(each.cube_id, each.version, "promote") for each in manifest.contributors)


def formed(
    parts: Parts,
    principal: Principal,
    scope: Scope,
    request: AdapterRequest,
    payload: Adapter,
    sources: Sequence[tuple[Cube, float]],
    before: Cube | None,
    now: datetime,
) -> Cube:
    """Return a new adapter cube, still without id and seal, or the next version of ``before``.

    It has the least trust, the highest sensitivity and every label of what it was trained on.
    """
    cubes = [cube for cube, _ in sources]
    derived = edges(payload.manifest)
    if before is not None:
        former = Former(principal, before.scope, now, parts.ids, parts.seal)
        parents = (Parent(before.id, before.version.number, "version"), *derived)
        return former.next_version(before, payload, (), parents=parents)
    levels = [_SENSITIVITIES.index(cube.governance.sensitivity) for cube in cubes]
    labels = {label for cube in cubes for label in cube.governance.compliance}
    own = ceiling(source_class(principal, None, None))
    return Cube(
        id=PLANNED,
        tenant_id=principal.tenant_id,
        scope=scope,
        kind=kind_of(payload),
        created_at=now,
        payload=payload,
        version=Version(
            number=1,
            recorded_at=now,
            semantic_type=request.semantic_type,
            content_hash="",
            tags=tuple(dict.fromkeys(request.tags)),
            metadata=dict(request.metadata),
            origin=Origin(SourceClass.TRAINED, principal.id),
            trust=min([own, *(cube.version.trust for cube in cubes)]),
            parents=derived,
        ),
        governance=Governance(
            state_since=now,
            visibility=request.visibility,
            sensitivity=_SENSITIVITIES[max(levels, default=_USUAL)],
            compliance=tuple(sorted(labels)),
        ),
        usage=Usage(half_life=HALF_LIFE_DAYS[request.semantic_type], touched_at=now),
        made_by=principal.id,
    )


def adapter_of(cube: Cube) -> Adapter:
    """Return the payload of an adapter cube.

    Raises:
        InvalidInput: it is of another kind.
    """
    if not isinstance(cube.payload, Adapter):
        raise InvalidInput(
            f"{cube.id!r} is a memory of kind {cube.kind.value!r}, not an adapter", field="id"
        )
    return cube.payload


def contributor(principal: Principal, cube: Cube, now: datetime) -> Contributor:
    """Return what policy looks at before a memory is trained on."""
    return Contributor(
        cube.version.trust,
        (now - cube.version.recorded_at) / timedelta(days=1),
        cube.governance.sensitivity,
        cube.governance.compliance,
        Right.TRAIN in rights_on(principal, cube),
    )


def trainable(cube: Cube) -> Trainable:
    """Return what a memory says, for training forms."""
    payload = cube.payload
    parts = {}
    if isinstance(payload, Fact):
        parts = {
            "subject": payload.subject,
            "predicate": payload.predicate,
            "object": payload.object,
        }
    return Trainable(id=cube.id, version=cube.version.number, text=cube.text, **parts)
