"""Cubes and writes to test with: whole, distinct, and the same in every run."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from memory_os.domain.access import DEFAULT_TENANT, AccessFilter
from memory_os.domain.cube import (
    Cube,
    Evidence,
    Governance,
    Lifespan,
    Origin,
    Parent,
    Usage,
    Version,
)
from memory_os.domain.journal import Note
from memory_os.domain.lifecycle import State
from memory_os.domain.payload import (
    Activation,
    Adapter,
    Blob,
    Check,
    Document,
    Fact,
    KvChunk,
    Manifest,
    Message,
    ModelFingerprint,
    Payload,
    Source,
    Template,
    kind_of,
    text_of,
)
from memory_os.domain.scope import Scope
from memory_os.domain.vocabulary import (
    Priority,
    SemanticType,
    Sensitivity,
    SourceClass,
    Trust,
    Visibility,
)
from memory_os.domain.writing import (
    Create,
    Govern,
    Passage,
    Replay,
    Revise,
    Write,
    WriteOp,
)

START = datetime(2025, 3, 1, 9, 30, 0, 123456, tzinfo=UTC)
DAY = timedelta(days=1)
ADA = Scope("ada", "concierge", "s1")
EVERYONE = AccessFilter(DEFAULT_TENANT, "root", sees_private=True, sees_quarantined=True)
DIMENSIONS = 16

_MODEL = ModelFingerprint("w", "t", "c", "", 2, 1, 8, "rope", "gqa", "bf16", 1)
_BLOB = Blob("blobs/a.safetensors", 123_456, "f" * 64)
PAYLOADS: tuple[Payload, ...] = (
    Message("user", "I drink tea.", "Ada", turn=3, at=START - DAY, tool_call_id="call_1"),
    Fact("Ada drinks tea.", "Ada", "drinks", "tea"),
    Document("# Tea\n\nTea is a drink.", "Tea", "file:///tea.md", "text/markdown"),
    Template("profile", 2, {"likes": ["tea", {"id": 1, "when": None}], "age": 36.5, "ok": True}),
    Activation(_MODEL, 256, (KvChunk("h1", _BLOB, (Source("mem_1", 1, (0, 4)),)),),
               Check(8, 1.0, 0.001, passed=True)),
    Adapter(_MODEL, "lora", 8, 16.0, ("q", "v"), _BLOB,
            Manifest((Source("mem_1", 1, weight=0.5),), "d" * 64, 7, {"lr": 1e-4}, {"em": 0.1},
                     {"em": 0.2}, "passed")),
)  # fmt: skip
"""One of every form, with every field set."""


def cube(
    number: int = 1,
    text: str = "I drink tea.",
    *,
    at: datetime = START,
    payload: Payload | None = None,
    tenant_id: str = DEFAULT_TENANT,
    scope: Scope = ADA,
    external_id: str | None = None,
    governance: Governance | None = None,
    **header: object,
) -> Cube:
    """Return a cube at version 1; ``header`` sets fields of the version."""
    payload = payload or Message("user", text, turn=number)
    version = Version(
        number=1,
        recorded_at=at,
        semantic_type=SemanticType.MESSAGE,
        content_hash=hashlib.sha256(text_of(payload).encode("utf-8", "replace")).hexdigest(),
        origin=Origin(actor="local"),
    )
    return Cube(
        id=f"mem_{number:026d}",
        tenant_id=tenant_id,
        scope=scope,
        kind=kind_of(payload),
        created_at=at,
        payload=payload,
        version=replace(version, **header),  # type: ignore[arg-type]
        governance=governance or Governance(state_since=at),
        external_id=external_id,
    )


def full_cube(payload: Payload = PAYLOADS[0], number: int = 1) -> Cube:
    """Return a cube with no field of its header at its default."""
    plain = cube(
        number,
        payload=payload,
        scope=Scope("ada", "concierge", "s1", ("team", "tea")),
        external_id="ext/1 %_'\"",
        semantic_type=SemanticType.PREFERENCE,
        signature="s" * 64,
        tags=("drinks", "tea"),
        metadata={"city": "Oslo", "n": 3, "big": 10**25, "x": {"y": [1, 2.5, None, "é\x00\u2028"]}},
        origin=Origin(
            SourceClass.TOOL_OUTPUT, "agent-7", "rule:1", (Evidence("u:1", "m1", (0, 9)),)
        ),
        trust=Trust.LOW,
        confidence=0.25,
        simhash=(1 << 64) - 1,
        valid_from=START - 9 * DAY,
        valid_to=START + 999 * DAY,
        parents=(Parent("mem_0", 4, "extract"),),
        merged_into="mem_9",
        superseded_by="mem_8",
        conflicts_with=("mem_7",),
    )
    governance = Governance(
        state=State.FROZEN,
        state_reason="audit",
        state_since=START + DAY,
        resume=(State.ACTIVATED,),
        visibility=Visibility.TENANT,
        lifespan=Lifespan(60, START + DAY, True, START + 2 * DAY, False, START + 3 * DAY),
        priority=Priority.HIGH,
        pinned=True,
        sensitivity=Sensitivity.RESTRICTED,
        compliance=("pii", "residency:eu"),
    )
    usage = Usage(0.5, 3.25, START, 1, 2, 3, 4, 5, START + DAY, 77, 0.125, ((9, 0.5),))
    return replace(plain, governance=governance, usage=usage)


def revised(earlier: Cube, text: str, at: datetime, **header: object) -> Cube:
    """Return the version after ``earlier``, saying ``text``."""
    payload = earlier.payload
    payload = (
        replace(payload, text=text)
        if isinstance(payload, Message | Fact | Document)
        else Fact(text)
    )
    version = replace(
        earlier.version,
        number=earlier.version.number + 1,
        recorded_at=at,
        content_hash=hashlib.sha256(text.encode("utf-8", "replace")).hexdigest(),
        **header,  # type: ignore[arg-type]
    )
    return replace(earlier, payload=payload, version=version)


def vector(seed: int) -> NDArray[np.float32]:
    """Return a unit vector that depends on ``seed`` alone."""
    drawn = np.random.default_rng(seed).standard_normal(DIMENSIONS).astype(np.float32)
    return drawn / np.linalg.norm(drawn)


def passages(of: Cube, count: int = 1) -> tuple[Passage, ...]:
    """Return ``count`` passages that split the cube's text evenly."""
    size = max(1, -(-len(of.text) // max(1, count)))
    seed = int(of.version.content_hash[:12], 16)
    return tuple(
        Passage(i, (i * size, (i + 1) * size), f"part {i}", size // 4, vector(seed + i))
        for i in range(count)
    )


def note(action: str, cube_id: str, actor: str = "local") -> Note:
    """Return what the journal keeps of an action."""
    return Note(actor, action, (cube_id,), f"because of {action}", "0" * 32)


def create(new: Cube, count: int = 1) -> Create:
    """Return the operation that stores ``new`` with ``count`` passages."""
    return Create(new, passages(new, count), note("create", new.id))


def revise(new: Cube, expected: int | None = None, count: int = 1) -> Revise:
    """Return the operation that stores ``new`` as the next version."""
    before = new.version.number - 1 if expected is None else expected
    return Revise(new, before, passages(new, count), note("revise", new.id))


def govern(
    of: Cube, state: State, at: datetime, resume: tuple[State, ...] = (), **fields: object
) -> Govern:
    """Return the operation that puts a cube in ``state``."""
    governance = replace(
        of.governance,
        state=state,
        resume=resume,
        state_since=at,
        **fields,  # type: ignore[arg-type]
    )
    return Govern(of.id, of.version.number, governance, note(state.value, of.id))


def write(*ops: WriteOp, tenant: str = DEFAULT_TENANT, replay: Replay | None = None) -> Write:
    """Return the transaction that does ``ops``, at the latest moment that they name."""
    return Write(tenant, max(map(_moment, ops), default=START), ops, replay)


def _moment(op: WriteOp) -> datetime:
    if isinstance(op, Govern):
        return op.governance.state_since or START
    return op.cube.version.recorded_at if isinstance(op, Create | Revise) else START
