"""The asynchronous twin of the SDK's activation memory."""

from collections.abc import Iterable, Sequence
from typing import Unpack

from memory_os.activation.calibrating import Measured
from memory_os.domain.kv import Layers
from memory_os.domain.operations import Memory as Record
from memory_os.domain.operations.activation import PrefixResult, PromotionVerdict, TokenSource
from memory_os.domain.payload import Check, ModelFingerprint
from memory_os.ports.model_runtime import ModelRuntime
from memory_os.sdk.activation import ActivationCalls, Promotion, Prompt
from memory_os.sdk.options import ActivationOptions, ScopeOptions
from memory_os.sdk.threads import in_thread


class AsyncActivationCalls:
    """The part of ``AsyncMemory`` for caches of prompt prefixes; see ``ActivationCalls``."""

    def __init__(self, memory: ActivationCalls) -> None:
        self._caches = memory

    async def store_activation(
        self,
        model: ModelFingerprint,
        tokens: Sequence[int],
        layers: Layers,
        *,
        sources: Iterable[TokenSource] = (),
        **options: Unpack[ActivationOptions],
    ) -> Record:
        """Keep a cache; see ``Memory.store_activation``."""
        return await in_thread(
            self._caches.store_activation, model, tokens, layers, sources=sources, **options
        )

    async def check_activation(
        self, memory_id: str, check: Check, *, reason: str = "", expected_version: int | None = None
    ) -> Record:
        """Record a check; see ``Memory.check_activation``."""
        return await in_thread(
            self._caches.check_activation,
            memory_id,
            check,
            reason=reason,
            expected_version=expected_version,
        )

    async def recode_activation(
        self, memory_id: str, codec: str, *, reason: str = "", dry_run: bool = False
    ) -> Record:
        """Keep a cache in another codec; see ``Memory.recode_activation``."""
        return await in_thread(
            self._caches.recode_activation, memory_id, codec, reason=reason, dry_run=dry_run
        )

    async def find_prefix(self, model: ModelFingerprint, tokens: Sequence[int]) -> PrefixResult:
        """Return the longest kept prefix; see ``Memory.find_prefix``."""
        return await in_thread(self._caches.find_prefix, model, tokens)

    async def load_prefix(self, found: PrefixResult, model: ModelFingerprint) -> Layers | None:
        """Return what was found; see ``Memory.load_prefix``."""
        return await in_thread(self._caches.load_prefix, found, model)

    async def keep_prefix(
        self, runtime: ModelRuntime, prompt: Prompt, **options: Unpack[ActivationOptions]
    ) -> Record:
        """Compute, keep and check a prompt's beginning; see ``Memory.keep_prefix``."""
        return await in_thread(self._caches.keep_prefix, runtime, prompt, **options)

    async def verify_activation(
        self, runtime: ModelRuntime, kept: Record, tokens: Sequence[int]
    ) -> Record:
        """Check what is kept against a runtime; see ``Memory.verify_activation``."""
        return await in_thread(self._caches.verify_activation, runtime, kept, tokens)

    async def judge_prefix(
        self,
        runtime: ModelRuntime,
        prompt: Prompt,
        measured: Measured | None = None,
        *,
        codec: str = "native",
        **scope: Unpack[ScopeOptions],
    ) -> PromotionVerdict:
        """Say whether keeping a prompt's beginning pays; see ``Memory.judge_prefix``."""
        return await in_thread(
            self._caches.judge_prefix, runtime, prompt, measured, codec=codec, **scope
        )

    async def promote(
        self,
        runtime: ModelRuntime,
        prompt: Prompt,
        measured: Measured | None = None,
        **options: Unpack[ActivationOptions],
    ) -> Promotion:
        """Keep a prompt's beginning if it pays; see ``Memory.promote``."""
        return await in_thread(self._caches.promote, runtime, prompt, measured, **options)
