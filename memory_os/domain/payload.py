"""The tagged union of what a cube can hold: text in four forms, KV prefixes, adapters."""

import hashlib
import json
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Discriminator, JsonValue

from memory_os.domain.vocabulary import Kind


@dataclass(frozen=True, slots=True)
class Message:
    """One utterance; ``turn`` orders it inside its session, ``at`` is when it was said."""

    role: str
    text: str
    name: str | None = None
    tool_call_id: str | None = None
    turn: int = 0
    at: datetime | None = None
    form: Literal["message"] = "message"


@dataclass(frozen=True, slots=True)
class Fact:
    """A statement, optionally taken apart; ``at`` is when it was made, if not when recorded."""

    text: str
    subject: str | None = None
    predicate: str | None = None
    object: str | None = None
    at: datetime | None = None
    form: Literal["fact"] = "fact"


@dataclass(frozen=True, slots=True)
class Document:
    """A whole text; its chunks are index entries over spans of it."""

    text: str
    title: str | None = None
    uri: str | None = None
    media_type: str = "text/plain"
    at: datetime | None = None
    form: Literal["document"] = "document"


@dataclass(frozen=True, slots=True)
class Template:
    """Structured memory of one role: named fields under a versioned schema."""

    schema_id: str
    schema_version: int
    fields: dict[str, JsonValue]
    form: Literal["template"] = "template"


@dataclass(frozen=True, slots=True)
class ModelFingerprint:
    """Everything that must be equal for a tensor to fit a model; any difference refuses it."""

    weights: str
    tokenizer: str
    chat_template: str
    adapter: str
    layers: int
    kv_heads: int
    head_dim: int
    rope: str
    attention: str
    dtype: str
    layout_version: int

    @property
    def digest(self) -> str:
        """Return one digest of it all, in hex."""
        canonical = json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Blob:
    """A safetensors file in the blob store; ``size`` in bytes, ``sha256`` in hex."""

    path: str
    size: int
    sha256: str
    codec: str = "native"


@dataclass(frozen=True, slots=True)
class Source:
    """A cube's version, or a span of characters of it, that something was made from."""

    cube_id: str
    version: int
    span: tuple[int, int] | None = None
    hash: str | None = None
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class KvChunk:
    """256 tokens of a prefix under a chained, tenant-salted hash, and the cubes behind them.

    Prefixes that begin alike share the blobs of the chunks that they have in common.
    """

    hash: str
    blob: Blob
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True, slots=True)
class Check:
    """How an injected cache compared with a full prefill over a set of probes."""

    probes: int
    top1_agreement: float
    max_logit_difference: float
    passed: bool


@dataclass(frozen=True, slots=True)
class Activation:
    """The KV cache of a prompt prefix of so many tokens that starts at position 0."""

    model: ModelFingerprint
    tokens: int
    chunks: tuple[KvChunk, ...]
    check: Check | None = None
    form: Literal["prefix_kv"] = "prefix_kv"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an adapter was trained from and how, and what its gate decided."""

    contributors: tuple[Source, ...]
    data_hash: str
    seed: int
    config: dict[str, JsonValue] = field(default_factory=dict)
    scores_before: dict[str, float] = field(default_factory=dict)
    scores_after: dict[str, float] = field(default_factory=dict)
    verdict: str = "ungated"


@dataclass(frozen=True, slots=True)
class Adapter:
    """A low-rank adapter of a base model."""

    base: ModelFingerprint
    method: str
    rank: int
    alpha: float
    target_modules: tuple[str, ...]
    blob: Blob
    manifest: Manifest
    form: Literal["adapter"] = "adapter"


TextPayload = Message | Fact | Document | Template
Payload = Annotated[
    Message | Fact | Document | Template | Activation | Adapter, Discriminator("form")
]


def kind_of(payload: Payload) -> Kind:
    """Return the kind of cube that holds ``payload``."""
    if isinstance(payload, Activation):
        return Kind.ACTIVATION
    return Kind.PARAMETRIC if isinstance(payload, Adapter) else Kind.TEXT


def said_at(payload: Payload) -> datetime | None:
    """Return when the content was said or written, if that was told."""
    return payload.at if isinstance(payload, (Message, Fact, Document)) else None


def text_of(payload: Payload) -> str:
    """Return the text a reader is shown; tensors have none."""
    if isinstance(payload, (Message, Fact, Document)):
        return payload.text
    if isinstance(payload, Template):
        return "\n".join(f"{name}: {_flat(value)}" for name, value in payload.fields.items())
    return ""


def _flat(value: JsonValue) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{name}: {_flat(part)}" for name, part in value.items())
    if isinstance(value, list):
        return "; ".join(_flat(part) for part in value)
    return str(value)
