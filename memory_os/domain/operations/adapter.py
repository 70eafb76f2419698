"""Parametric memory: keeping adapters, judging them, and giving them out."""

from typing import Annotated

from pydantic import Field, JsonValue

from memory_os.domain.operations.common import (
    Border,
    Id,
    Label,
    Metadata,
    Reason,
    ScopedRequest,
    Tags,
)
from memory_os.domain.payload import ModelFingerprint
from memory_os.domain.vocabulary import SemanticType, Visibility

Share = Annotated[float, Field(ge=0.0, le=1.0)]
ItemScores = Annotated[tuple[Share, ...], Field(max_length=100_000)]


class ContributorIn(Border):
    """A memory that an adapter was trained on, at a version, and how much it counted."""

    id: Id
    version: int = Field(ge=1)
    weight: float = Field(default=1.0, ge=0.0, le=1e6)


class AdapterRequest(ScopedRequest):
    """Keep an adapter of a base model; it is a draft until its gate has passed.

    The weights come beside the request, as one safetensors file. ``contributors`` name every memory
    that it was trained on: erasing one takes the adapter, revising one makes it stale. ``replaces``
    makes it the next version of an adapter that is there; ``rollback`` brings the last one back.
    """

    base: ModelFingerprint
    contributors: Annotated[tuple[ContributorIn, ...], Field(max_length=100_000)] = ()
    semantic_type: SemanticType = SemanticType.PROCEDURE
    method: Label = "lora"
    data_hash: Annotated[str, Field(max_length=128)] = ""
    seed: int = 0
    training: dict[str, JsonValue] = Field(default_factory=dict)
    replaces: Id | None = None
    tags: Tags = ()
    metadata: Metadata = Field(default_factory=dict)
    visibility: Visibility = Visibility.SCOPE
    reason: Reason = ""
    dry_run: bool = False
    idempotency_key: Id | None = None


class GateRequest(Border):
    """Say how an adapter did on a form that it was not trained on; it is judged by policy.

    ``before`` and ``after`` are recall item by item, without and with it; ``divergence`` is the
    mean KL to the base on unrelated text, in nats; ``kept_before`` and ``kept_after`` what was
    known from earlier. ``detach_tested`` says that without it the model is its base to the bit.
    """

    before: Annotated[ItemScores, Field(min_length=1)]
    after: Annotated[ItemScores, Field(min_length=1)]
    divergence: float = Field(ge=0.0)
    kept_before: ItemScores = ()
    kept_after: ItemScores = ()
    canary_clean: bool = True
    detach_tested: bool = False
    reason: Reason = ""
    expected_version: int | None = Field(default=None, ge=1)


class TrainingRequest(ScopedRequest):
    """Ask whether memories may be trained into an adapter: by policy, rights and labels."""

    ids: Annotated[tuple[Id, ...], Field(min_length=1, max_length=10_000)]


class Trainable(Border):
    """A memory that may be trained on, with what it says."""

    id: Id
    version: int
    text: str
    subject: str | None = None
    predicate: str | None = None
    object: str | None = None


class TrainingVerdict(Border):
    """Whether training may begin, why, and the memories as they stand."""

    allowed: bool
    reason: str
    policy: str
    inputs: dict[str, float | str | bool | None]
    memories: tuple[Trainable, ...]
