"""Activation memory: storing, checking and finding caches of prompt prefixes."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from memory_os.domain.kv import CHUNK
from memory_os.domain.operations.common import (
    Border,
    Id,
    Metadata,
    Moment,
    Reason,
    ScopedRequest,
    Tags,
)
from memory_os.domain.payload import ModelFingerprint
from memory_os.domain.vocabulary import Visibility

MOST_TOKENS = 1_048_576
"""How many tokens one prefix may have."""

Token = Annotated[int, Field(ge=0, lt=1 << 32)]
Tokens = Annotated[tuple[Token, ...], Field(min_length=CHUNK, max_length=MOST_TOKENS)]
CodecName = Annotated[str, Field(pattern="^(native|int8|fp8|int4)$")]


class TokenSource(Border):
    """A memory's version whose text is in the prefix, and the tokens that it takes, half-open."""

    id: Id
    version: int = Field(ge=1)
    span: tuple[int, int]

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not 0 <= self.span[0] < self.span[1]:
            raise ValueError("span is the first token and the one behind the last, from 0 on")
        return self


class ActivationRequest(ScopedRequest):
    """Keep the attention cache of a prefix that begins at position 0.

    The keys and values come beside the request, as one safetensors file; of the tokens, full
    chunks of 256 are kept. ``sources`` name every memory whose text is in them: when one changes,
    what was computed from there on is dropped. It can be loaded once its check has passed.
    """

    model: ModelFingerprint
    tokens: Tokens
    sources: Annotated[tuple[TokenSource, ...], Field(max_length=10_000)] = ()
    codec: CodecName = "native"
    tags: Tags = ()
    metadata: Metadata = Field(default_factory=dict)
    visibility: Visibility = Visibility.SCOPE
    ttl_seconds: int | None = Field(default=None, ge=1, le=10 * 365 * 86_400)
    expires_at: Moment | None = None
    reason: Reason = ""
    dry_run: bool = False
    idempotency_key: Id | None = None

    @model_validator(mode="after")
    def _one_end(self) -> Self:
        if self.ttl_seconds and self.expires_at:
            raise ValueError("give ttl_seconds or expires_at, not both")
        return self


class CheckRequest(Border):
    """Say how a cache compared with a full prefill over probes; it is judged by its codec."""

    probes: int = Field(ge=1, le=10_000)
    top1_agreement: float = Field(ge=0.0, le=1.0)
    max_logit_difference: float = Field(ge=0.0)
    reason: Reason = ""
    expected_version: int | None = Field(default=None, ge=1)


class RecodeRequest(Border):
    """Keep a cache in another codec, in fewer bytes; what was lost does not come back.

    It has to be checked again.
    """

    codec: CodecName
    reason: Reason = ""
    dry_run: bool = False


class PrefixRequest(Border):
    """Ask for the longest prefix of ``tokens`` that is kept, checked, and still true."""

    model: ModelFingerprint
    tokens: Tokens


class PrefixChunk(Border):
    """256 tokens: the hash of the chain up to them, and the file that holds them."""

    hash: str
    size: int
    sha256: str
    codec: str


class PrefixResult(Border):
    """The cache to load, chunk by chunk; no ``id`` means that there is none, ``reason`` why.

    ``reason`` is ``found``, ``none_stored``, ``unchecked``, ``not_active``, ``source_changed`` or
    ``not_readable``; of a cache that is found it tells what cut it short, if anything did.
    """

    id: str | None = None
    version: int = 0
    tokens: int = 0
    chunks: tuple[PrefixChunk, ...] = ()
    reason: str = "none_stored"


class CalibrationIn(Border):
    """What was measured on the device for this prefix: seconds, and the bytes of its cache.

    ``prefill`` computes it, ``load`` reads it back and puts it in, ``check`` is what each use pays
    to make sure of it, ``build`` computes, writes and checks it once.
    """

    prefill: float = Field(gt=0, le=1e6)
    load: float = Field(ge=0, le=1e6)
    check: float = Field(default=0.0, ge=0, le=1e6)
    build: float = Field(gt=0, le=1e6)
    bytes: int = Field(ge=1)


class PromotionRequest(ScopedRequest):
    """Ask whether keeping the cache of a prefix pays, by policy and by what was measured."""

    model: ModelFingerprint
    tokens: Tokens
    sources: Annotated[tuple[TokenSource, ...], Field(max_length=10_000)] = ()
    calibration: CalibrationIn | None = None


class PromotionVerdict(Border):
    """Whether it pays, why, and the numbers: uses a day, seconds saved and spent, bytes, N*."""

    promote: bool
    reason: str
    policy: str
    inputs: dict[str, float | str | bool | None]


class SettleResult(Border):
    """What was dropped because what it was computed from changed, or no longer pays."""

    cut: tuple[str, ...] = ()
    demoted: tuple[str, ...] = ()
    archived: tuple[str, ...] = ()
    freed_bytes: int = 0
