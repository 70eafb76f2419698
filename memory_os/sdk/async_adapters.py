"""The asynchronous twin of the SDK's parametric memory."""

from collections.abc import Iterable, Sequence
from typing import Unpack

from memory_os.domain.operations import Memory as Record
from memory_os.domain.operations.adapter import ContributorIn, TrainingVerdict
from memory_os.domain.payload import ModelFingerprint
from memory_os.parametric.format import AdapterFile
from memory_os.parametric.gate import Scores
from memory_os.ports.trainer import Example, Progress, Recipe, Trained, Trainer
from memory_os.sdk.adapters import NEUTRAL, AdapterCalls, Consolidation
from memory_os.sdk.options import AdapterOptions, ListOptions, ScopeOptions
from memory_os.sdk.threads import in_thread


class AsyncAdapterCalls:
    """The part of ``AsyncMemory`` for adapters; see ``AdapterCalls``."""

    def __init__(self, memory: AdapterCalls) -> None:
        self._adapters = memory

    async def may_train(
        self, ids: Sequence[str], *, agent_id: str | None = None
    ) -> TrainingVerdict:
        """Say whether memories may be trained; see ``Memory.may_train``."""
        return await in_thread(self._adapters.may_train, ids, agent_id=agent_id)

    async def store_adapter(
        self,
        base: ModelFingerprint,
        trained: Trained,
        *,
        contributors: Iterable[ContributorIn] = (),
        codec: str = "native",
        **options: Unpack[AdapterOptions],
    ) -> Record:
        """Keep an adapter as a draft; see ``Memory.store_adapter``."""
        return await in_thread(
            self._adapters.store_adapter,
            base,
            trained,
            contributors=contributors,
            codec=codec,
            **options,
        )

    async def judge_adapter(
        self,
        memory_id: str,
        scores: Scores,
        *,
        reason: str = "",
        expected_version: int | None = None,
    ) -> Record:
        """Say how an adapter did; see ``Memory.judge_adapter``."""
        return await in_thread(
            self._adapters.judge_adapter,
            memory_id,
            scores,
            reason=reason,
            expected_version=expected_version,
        )

    async def load_adapter(
        self, memory_id: str, base: ModelFingerprint | None = None, *, draft: bool = False
    ) -> AdapterFile:
        """Return an adapter that may be attached; see ``Memory.load_adapter``."""
        return await in_thread(self._adapters.load_adapter, memory_id, base, draft=draft)

    async def attach_adapter(self, trainer: Trainer, memory_id: str) -> Record:
        """Attach a kept adapter to a model; see ``Memory.attach_adapter``."""
        return await in_thread(self._adapters.attach_adapter, trainer, memory_id)

    async def merge_adapters(
        self,
        base: ModelFingerprint,
        ids: Sequence[str],
        shares: Sequence[float],
        method: str = "cat",
        *,
        rank: int | None = None,
        density: float = 0.5,
        seed: int = 0,
        **scope: Unpack[ScopeOptions],
    ) -> Record:
        """Make one adapter of several, as a draft; see ``Memory.merge_adapters``."""
        return await in_thread(
            self._adapters.merge_adapters,
            base,
            ids,
            shares,
            method,
            rank=rank,
            density=density,
            seed=seed,
            **scope,
        )

    async def consolidate(
        self,
        trainer: Trainer,
        kind: str,
        *,
        recipe: Recipe | None = None,
        neutral: Sequence[str] = NEUTRAL,
        earlier: Sequence[Example] = (),
        replaces: str | None = None,
        codec: str = "native",
        dry_run: bool = False,
        progress: Progress | None = None,
        **scope: Unpack[ListOptions],
    ) -> Consolidation:
        """Train the memories of a scope into one adapter; see ``Memory.consolidate``."""
        return await in_thread(
            self._adapters.consolidate,
            trainer,
            kind,
            recipe=recipe,
            neutral=neutral,
            earlier=earlier,
            replaces=replaces,
            codec=codec,
            dry_run=dry_run,
            progress=progress,
            **scope,
        )

    async def decode_adapter(
        self,
        trainer: Trainer,
        memory_id: str,
        probes: Sequence[str],
        *,
        most: int = 32,
        **scope: Unpack[ScopeOptions],
    ) -> tuple[Record, ...]:
        """Ask an adapter and keep what it says for review; see ``Memory.decode_adapter``."""
        return await in_thread(
            self._adapters.decode_adapter, trainer, memory_id, probes, most=most, **scope
        )
