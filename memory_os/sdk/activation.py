"""The SDK's activation memory: attention caches kept, checked, found and loaded."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Unpack

from memory_os.activation.calibrating import Measured, calibrate
from memory_os.activation.checking import check as compared
from memory_os.activation.format import pack, unpack
from memory_os.domain.kv import CHUNK, Layers, joined
from memory_os.domain.operations import ContextResult
from memory_os.domain.operations import Memory as Record
from memory_os.domain.operations.activation import (
    ActivationRequest,
    CheckRequest,
    PrefixRequest,
    PrefixResult,
    PromotionRequest,
    PromotionVerdict,
    RecodeRequest,
    TokenSource,
)
from memory_os.domain.payload import Activation, Check, ModelFingerprint
from memory_os.errors import InvalidInput, StoreCorrupt
from memory_os.ports.connector import Connector
from memory_os.ports.model_runtime import Encoded, Generation, ModelRuntime
from memory_os.sdk.options import ActivationOptions, ScopeOptions
from memory_os.sdk.requests import build


@dataclass(frozen=True, slots=True)
class Prompt:
    """A context as tokens of one model, with the cache that covers its beginning.

    ``standing`` is how many of the tokens stand there call after call; ``prefix`` covers
    ``covered`` of them, and is nothing when no cache was found: ``reason`` says why.
    """

    context: ContextResult
    tokens: tuple[int, ...]
    standing: int
    sources: tuple[TokenSource, ...]
    prefix: Layers | None
    activation: str | None
    reason: str

    @property
    def text(self) -> str:
        """Return the prompt as text."""
        return self.context.text

    @property
    def covered(self) -> int:
        """Return how many tokens need not be computed."""
        return 0 if self.prefix is None else self.prefix.tokens

    def generate(self, runtime: ModelRuntime, more: str = "", *, most: int = 64) -> Generation:
        """Let the model that this prompt was made for go on, behind the prompt and ``more``."""
        tokens = (*self.tokens, *runtime.encode(more).tokens)
        return runtime.generate(tokens, self.prefix, most=most)


_SCOPE = ("user_id", "agent_id", "session_id", "run_id", "namespace")


@dataclass(frozen=True, slots=True)
class Promotion:
    """Whether keeping a prefix pays, and the memory that keeps it, if it does."""

    verdict: PromotionVerdict
    kept: Record | None


class ActivationCalls:
    """The part of ``Memory`` for caches of prompt prefixes."""

    connector: Connector

    def store_activation(
        self,
        model: ModelFingerprint,
        tokens: Sequence[int],
        layers: Layers,
        *,
        sources: Iterable[TokenSource] = (),
        **options: Unpack[ActivationOptions],
    ) -> Record:
        """Keep the cache of ``tokens``, which begin at position 0, in full chunks of 256.

        ``sources`` name every memory whose text is in them. It can be loaded once
        ``check_activation`` has passed.

        Raises:
            InvalidInput, NotSupported, NotFound, VersionConflict, QuotaExhausted, StoreError.
        """
        fields = {"model": model, "tokens": tuple(tokens), "sources": tuple(sources), **options}
        request = build(ActivationRequest, fields)
        return self.connector.store_activation(request, pack(layers, model))

    def check_activation(
        self, memory_id: str, check: Check, *, reason: str = "", expected_version: int | None = None
    ) -> Record:
        """Say how a cache compared with a full prefill; passed, it becomes loadable.

        ``memory_os.activation.checking.check`` measures it on a runtime.

        Raises:
            NotFound, InvalidInput, VersionConflict, IllegalTransition.
        """
        fields = {
            "probes": check.probes,
            "top1_agreement": check.top1_agreement,
            "max_logit_difference": check.max_logit_difference,
            "reason": reason,
            "expected_version": expected_version,
        }
        return self.connector.check_activation(memory_id, build(CheckRequest, fields))

    def recode_activation(
        self, memory_id: str, codec: str, *, reason: str = "", dry_run: bool = False
    ) -> Record:
        """Keep a cache in fewer bytes: ``int8``, ``fp8`` or ``int4``. It is to be checked again.

        Raises:
            NotFound, InvalidInput, IllegalTransition, StoreCorrupt.
        """
        fields = {"codec": codec, "reason": reason, "dry_run": dry_run}
        return self.connector.recode_activation(memory_id, build(RecodeRequest, fields))

    def find_prefix(self, model: ModelFingerprint, tokens: Sequence[int]) -> PrefixResult:
        """Return the longest kept, checked and true prefix of ``tokens``; ``reason`` if none."""
        request = build(PrefixRequest, {"model": model, "tokens": tuple(tokens)})
        return self.connector.find_prefix(request)

    def load_prefix(self, found: PrefixResult, model: ModelFingerprint) -> Layers | None:
        """Return the keys and values that ``find_prefix`` found, nothing if it found none.

        Raises:
            StoreCorrupt: a chunk is damaged, and the cache archived; NotFound: it is gone.
        """
        if found.id is None:
            return None
        return self._joined(found.id, [chunk.sha256 for chunk in found.chunks], model)

    def _joined(
        self,
        memory_id: str,
        digests: Sequence[str],
        model: ModelFingerprint,
        *,
        unchecked: bool = False,
    ) -> Layers:
        parts: list[Layers] = []
        for number, digest in enumerate(digests):
            _, content = self.connector.load_chunk(memory_id, number, unchecked=unchecked)
            if hashlib.sha256(content).hexdigest() != digest:
                raise StoreCorrupt(
                    f"chunk {number} of {memory_id!r} is not the one that was found; ask again",
                    id=memory_id,
                )
            parts.append(unpack(content, model))
        return joined(parts)

    def keep_prefix(
        self, runtime: ModelRuntime, prompt: Prompt, **options: Unpack[ActivationOptions]
    ) -> Record:
        """Compute the cache of a prompt's standing part, keep it, check it, and return it.

        Raises:
            InvalidInput: the standing part is shorter than 256 tokens; and what
            ``store_activation`` raises.
        """
        standing = prompt.tokens[: prompt.standing]
        layers = runtime.prefill(standing)
        kept = self.store_activation(
            runtime.fingerprint, standing, layers, sources=prompt.sources, **options
        )
        if options.get("dry_run"):
            return kept
        return self.verify_activation(runtime, kept, standing)

    def judge_prefix(
        self,
        runtime: ModelRuntime,
        prompt: Prompt,
        measured: Measured | None = None,
        *,
        codec: str = "native",
        **scope: Unpack[ScopeOptions],
    ) -> PromotionVerdict:
        """Say whether keeping a prompt's standing part pays, and change nothing.

        ``measured`` is what ``calibrate`` found on the runtime; left out, it is measured now.

        Raises:
            InvalidInput: the standing part is shorter than 257 tokens; NotFound, VersionConflict:
            a memory in it changed meanwhile.
        """
        standing = prompt.tokens[: prompt.standing]
        found = measured or calibrate(runtime, standing, codec)
        times = found.at(len(standing) // CHUNK * CHUNK)
        fields = {
            "model": runtime.fingerprint,
            "tokens": standing,
            "sources": prompt.sources,
            "calibration": asdict(times),
            **scope,
        }
        return self.connector.judge_prefix(build(PromotionRequest, fields))

    def promote(
        self,
        runtime: ModelRuntime,
        prompt: Prompt,
        measured: Measured | None = None,
        **options: Unpack[ActivationOptions],
    ) -> Promotion:
        """Keep the cache of a prompt's standing part if it pays; say why, either way.

        With ``dry_run`` nothing is kept. What is kept has the numbers in its metadata, and is
        dropped by them when it is used too seldom.

        Raises:
            What ``judge_prefix`` and ``keep_prefix`` raise.
        """
        given_: dict[str, Any] = dict(options)
        scope: Any = {name: given_[name] for name in _SCOPE if name in given_}
        codec = options.get("codec", "native")
        verdict = self.judge_prefix(runtime, prompt, measured, codec=codec, **scope)
        if prompt.covered and prompt.covered == prompt.standing // CHUNK * CHUNK:
            told = {"promote": False, "reason": "already_kept"}
            return Promotion(verdict.model_copy(update=told), None)
        if not verdict.promote or options.get("dry_run"):
            return Promotion(verdict, None)
        about = {**options.get("metadata", {}), "promotion": verdict.inputs}
        given: ActivationOptions = {**options, "metadata": about}
        given.setdefault("reason", verdict.reason)
        return Promotion(verdict, self.keep_prefix(runtime, prompt, **given))

    def verify_activation(
        self, runtime: ModelRuntime, kept: Record, tokens: Sequence[int]
    ) -> Record:
        """Load what is kept, compare its logits with those of a full prefill, record the result.

        ``tokens`` begin with those that it was computed of.

        Raises:
            NotFound, InvalidInput, NotSupported, IllegalTransition, StoreError.
        """
        payload = kept.payload
        if not isinstance(payload, Activation):
            raise InvalidInput(f"{kept.id!r} is no activation", field="kept")
        digests = [chunk.blob.sha256 for chunk in payload.chunks]
        layers = self._joined(kept.id, digests, runtime.fingerprint, unchecked=True)
        codec = payload.chunks[0].blob.codec
        found = compared(runtime, tuple(tokens[: payload.tokens]), layers, codec)
        return self.check_activation(kept.id, found)


def prompt_of(calls: ActivationCalls, context: ContextResult, runtime: ModelRuntime) -> Prompt:
    """Return a context as a prompt for ``runtime``, with what is kept of its beginning.

    The standing part is cut into tokens by itself, so that it is the same ones call after call.
    """
    prefix = context.prefix
    chars = 0 if prefix is None else prefix.chars
    head, tail = runtime.encode(context.text[:chars]), runtime.encode(context.text[chars:])
    sources = (
        ()
        if prefix is None
        else tuple(
            TokenSource(id=source.id, version=source.version, span=span)
            for source in prefix.sources
            if (span := _tokens(head, source.span)) is not None
        )
    )
    tokens = (*head.tokens, *tail.tokens)
    found, layers = PrefixResult(reason="too_short"), None
    usable = min(len(head.tokens), len(tokens) - 1)
    if usable >= CHUNK:
        found = calls.find_prefix(runtime.fingerprint, tokens[:usable])
        try:
            layers = calls.load_prefix(found, runtime.fingerprint)
        except StoreCorrupt:
            found = PrefixResult(reason="damaged")
    context = context.model_copy(update={"activation": found.id})
    return Prompt(context, tokens, len(head.tokens), sources, layers, found.id, found.reason)


def _tokens(encoded: Encoded, span: tuple[int, int]) -> tuple[int, int] | None:
    """Return the tokens that hold a span of characters, nothing if none does."""
    inside = [
        at for at, (start, stop) in enumerate(encoded.spans) if start < span[1] and stop > span[0]
    ]
    return (inside[0], inside[-1] + 1) if inside else None
