"""The SDK's parametric memory: adapters kept, judged, loaded; memories consolidated into them."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Unpack

import numpy as np

from memory_os.domain.operations import AddedEvent, AddRequest, ListRequest, TransitionRequest
from memory_os.domain.operations import Memory as Record
from memory_os.domain.operations.adapter import (
    AdapterRequest,
    ContributorIn,
    GateRequest,
    TrainingRequest,
    TrainingVerdict,
)
from memory_os.domain.payload import Adapter, ModelFingerprint
from memory_os.domain.vocabulary import SourceClass
from memory_os.errors import InvalidInput
from memory_os.parametric.format import AdapterFile, pack, unpack
from memory_os.parametric.forms import Forms, Said, forms
from memory_os.parametric.gate import Scores
from memory_os.parametric.merging import merge
from memory_os.parametric.weights import weights_of
from memory_os.ports.connector import Connector
from memory_os.ports.trainer import Example, Progress, Recipe, Trained, Trainer
from memory_os.sdk.options import AdapterOptions, ListOptions, ScopeOptions
from memory_os.sdk.requests import build

NEUTRAL = (
    "The weather changed in the afternoon.",
    "One, two, three, four, five, six, seven.",
    "Please close the door behind you.",
    "Water boils at one hundred degrees.",
)
"""Texts on which an adapter should leave its base as it is, where a caller gives no others."""

_KINDS = ("procedure", "preference", "fact")
_PAGE = 500


@dataclass(frozen=True, slots=True)
class Consolidation:
    """Whether memories were trained into an adapter, why, and the memory that keeps it.

    A refusal before training has no ``kept``; one by the gate has it as a draft, with its numbers.
    """

    verdict: TrainingVerdict
    kept: Record | None = None
    loss: float | None = None

    @property
    def activated(self) -> bool:
        """Tell whether the adapter can be attached."""
        return self.kept is not None and self.kept.state.value == "activated"


class AdapterCalls:
    """The part of ``Memory`` for adapters."""

    connector: Connector

    def may_train(self, ids: Sequence[str], *, agent_id: str | None = None) -> TrainingVerdict:
        """Say whether memories may be trained into an adapter together, by policy and rights.

        Raises:
            AccessDenied, NotFound.
        """
        asked = build(TrainingRequest, {"ids": tuple(ids), "agent_id": agent_id})
        return self.connector.may_train(asked)

    def store_adapter(
        self,
        base: ModelFingerprint,
        trained: Trained,
        *,
        contributors: Iterable[ContributorIn] = (),
        codec: str = "native",
        **options: Unpack[AdapterOptions],
    ) -> Record:
        """Keep an adapter of ``base`` as a draft; ``judge_adapter`` lets it be attached.

        ``codec`` is ``native``, ``int8`` or ``int4``: what is kept are the numbers that it leaves.

        Raises:
            InvalidInput, NotSupported: no plain LoRA; NotFound, AccessDenied, VersionConflict: a
            contributor; QuotaExhausted, StoreError.
        """
        weights = weights_of(trained.tensors, trained.config)
        content = pack(weights, trained.config, base, codec)
        fields = {"base": base, "contributors": tuple(contributors), **options}
        return self.connector.store_adapter(build(AdapterRequest, fields), content)

    def judge_adapter(
        self,
        memory_id: str,
        scores: Scores,
        *,
        reason: str = "",
        expected_version: int | None = None,
    ) -> Record:
        """Say how an adapter did on a form that it was not trained on; passed, it is activated.

        Raises:
            NotFound, InvalidInput, VersionConflict, IllegalTransition.
        """
        fields = {
            "before": scores.before,
            "after": scores.after,
            "divergence": scores.divergence,
            "kept_before": scores.kept_before,
            "kept_after": scores.kept_after,
            "canary_clean": scores.canary_clean,
            "detach_tested": scores.detach_tested,
            "reason": reason,
            "expected_version": expected_version,
        }
        return self.connector.judge_adapter(memory_id, build(GateRequest, fields))

    def load_adapter(
        self, memory_id: str, base: ModelFingerprint | None = None, *, draft: bool = False
    ) -> AdapterFile:
        """Return an adapter that may be attached, if it belongs to ``base``.

        Raises:
            NotFound: unknown, not activated, or trained on what has changed since; NotSupported:
            another base's; StoreCorrupt.
        """
        _, content = self.connector.load_adapter(memory_id, draft=draft)
        return unpack(content, base)

    def attach_adapter(self, trainer: Trainer, memory_id: str) -> Record:
        """Attach a kept adapter to a model, in place of any other, and return its memory.

        Raises:
            What ``load_adapter`` raises; NotSupported: it does not fit the model.
        """
        found = self.load_adapter(memory_id, trainer.base)
        trainer.attach(trained_of(found))
        return self.connector.get(memory_id)

    def merge_adapters(
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
        """Make one adapter of several that may be attached, as a draft with its own gate to pass.

        ``method`` is ``cat``, ``svd``, ``linear``, ``ties`` or ``dare``; see
        ``memory_os.parametric.merging``. Training together is the rule, this the exception: of two
        fact adapters a merge keeps next to nothing.

        Raises:
            What ``load_adapter`` and ``store_adapter`` raise; InvalidInput: they cannot be merged.
        """
        files = [self.load_adapter(one, base) for one in ids]
        records = [self.connector.get(one) for one in ids]
        joined = merge(
            [file.weights for file in files],
            shares,
            method,
            rank=rank,
            density=density,
            seed=seed,
        )
        config = {**files[0].config, "r": joined.rank, "lora_alpha": joined.alpha}
        config["use_rslora"] = False
        made_of = {
            (source.cube_id, source.version)
            for record in records
            if isinstance(record.payload, Adapter)
            for source in record.payload.manifest.contributors
        }
        how = {"merged": list(ids), "shares": list(shares), "method": method, "density": density}
        return self.store_adapter(
            base,
            Trained(joined.tensors(), config, float("nan")),
            contributors=tuple(ContributorIn(id=one, version=n) for one, n in sorted(made_of)),
            seed=seed,
            training=how,
            **scope,
        )

    def consolidate(
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
        """Train the memories of a scope into one adapter, and let it in if its gate passes.

        ``kind`` is ``procedure``, ``preference`` or ``fact``. Policy and rights are asked first;
        ``dry_run`` stops there. Each memory is trained in several forms and asked for in one that
        was not trained; drift from the base is measured on ``neutral``, forgetting on ``earlier``.
        The memories stay as they are, recallable. ``replaces`` trains all of them anew as the next
        version of an adapter. An interrupted training goes on where the recipe has a
        ``checkpoint``; done twice, it is kept once.

        Raises:
            InvalidInput, AccessDenied, NotFound, VersionConflict: a memory changed while it was
            trained on: train again; StoreError.
        """
        if kind not in _KINDS:
            raise InvalidInput(f"kind is one of {', '.join(_KINDS)}, not {kind!r}", field="kind")
        recipe = recipe or Recipe()
        ids = self._all(kind, scope)
        if not ids:
            raise InvalidInput(f"there is no {kind} in this scope to train on", field="kind")
        verdict = self.may_train(ids, agent_id=scope.get("agent_id"))
        if dry_run or not verdict.allowed:
            return Consolidation(verdict)
        said = forms([_said(each) for each in verdict.memories])
        trained, scores = measured(trainer, said, recipe, neutral, earlier, progress)
        contributors = tuple(
            ContributorIn(id=each.id, version=each.version) for each in verdict.memories
        )
        data = hashlib.sha256(repr(said).encode()).hexdigest()
        told: Any = {
            **{name: value for name, value in scope.items() if name in _SCOPE},
            "semantic_type": kind,
            "data_hash": data,
            "seed": recipe.seed,
            "training": recipe.told(),
            "replaces": replaces,
            "reason": f"{kind} consolidated",
            "idempotency_key": _key(trainer.base, data, recipe, codec, replaces, scope),
        }
        kept = self.store_adapter(
            trainer.base, trained, contributors=contributors, codec=codec, **told
        )
        payload = self.connector.get(kept.id).payload
        if isinstance(payload, Adapter) and payload.manifest.verdict == "ungated":
            kept = self.judge_adapter(kept.id, scores)
        return Consolidation(verdict, kept, trained.loss)

    def decode_adapter(
        self,
        trainer: Trainer,
        memory_id: str,
        probes: Sequence[str],
        *,
        most: int = 32,
        **scope: Unpack[ScopeOptions],
    ) -> tuple[Record, ...]:
        """Ask an adapter that may be attached, and keep what it says as texts to be reviewed.

        Nobody vouches for what a model says: each text is untrusted, held where only reviewers see
        it, tagged ``decoded``, and names the adapter and the probe in its metadata. Reviewers let
        one in by ``release``. What is the same as a stored text is not kept again.

        Raises:
            What ``attach_adapter`` raises; AccessDenied: holding takes the right ``govern``;
            InvalidInput: there is no probe.
        """
        if not probes:
            raise InvalidInput("give one probe at least", field="probes")
        self.attach_adapter(trainer, memory_id)
        try:
            said = trainer.answers(probes, most=most)
        finally:
            trainer.detach()
        found: list[Record] = []
        for probe, answer in zip(probes, said, strict=True):
            text = f"{probe}{answer}".strip()
            fields = {
                "content": text,
                "source_class": SourceClass.RETRIEVED,
                "tags": ("decoded",),
                "metadata": {"adapter": memory_id, "probe": probe},
                "confidence": 0.5,
                **scope,
            }
            (added,) = self.connector.add(build(AddRequest, fields)).results
            if added.event is not AddedEvent.ADD:
                continue
            held = {"event": "quarantine", "reason": f"decoded from {memory_id}"}
            found.append(self.connector.transition(added.id, build(TransitionRequest, held)))
        return tuple(found)

    def _all(self, kind: str, scope: ListOptions) -> list[str]:
        asked: Any = {**scope, "semantic_types": (kind,), "limit": _PAGE}
        ids: list[str] = []
        while True:
            page = self.connector.get_all(build(ListRequest, asked))
            ids += [
                each.id for each in page.results if each.source_class is not SourceClass.INFERRED
            ]
            if page.next_cursor is None:
                return ids
            asked["cursor"] = page.next_cursor


_SCOPE = ("user_id", "agent_id", "session_id", "run_id", "namespace")


def trained_of(file: AdapterFile) -> Trained:
    """Return a kept adapter as trainers take it."""
    return Trained(file.weights.tensors(), file.config, float("nan"))


def measured(
    trainer: Trainer,
    said: Forms,
    recipe: Recipe,
    neutral: Sequence[str],
    earlier: Sequence[Example],
    progress: Progress | None,
) -> tuple[Trained, Scores]:
    """Train, and measure without and with the adapter; afterwards the base stands alone."""
    trainer.detach()
    before, kept_before = trainer.recall(said.held_out), trainer.recall(earlier)
    base = trainer.log_probabilities(neutral)
    trained = trainer.train(said.trained, recipe, progress)
    trainer.attach(trained)
    after, kept_after = trainer.recall(said.held_out), trainer.recall(earlier)
    drift = [
        float((np.exp(one) * (one - other)).sum(-1).mean())
        for one, other in zip(base, trainer.log_probabilities(neutral), strict=True)
    ]
    trainer.detach()
    again = trainer.log_probabilities(neutral)
    same = all(np.array_equal(one, other) for one, other in zip(base, again, strict=True))
    scores = Scores(before, after, max(0.0, float(np.mean(drift))), kept_before, kept_after)
    return trained, replace(scores, detach_tested=same)


def _said(memory: Any) -> Said:
    return Said(memory.text, memory.subject, memory.predicate, memory.object)


def _key(base: ModelFingerprint, *parts: Any) -> str:
    told = json.dumps([base.digest, *(str(part) for part in parts)])
    return f"consolidate-{hashlib.sha256(told.encode()).hexdigest()}"
