"""Adapters behind a connector; part of ``MemorySuite``."""

from dataclasses import replace

import numpy as np
import pytest
from pydantic import JsonValue

from memory_os.domain.operations.adapter import ContributorIn
from memory_os.domain.payload import Adapter, ModelFingerprint
from memory_os.errors import (
    IllegalTransition,
    InvalidInput,
    MemoryOSError,
    NotFound,
    NotSupported,
    VersionConflict,
)
from memory_os.parametric.gate import Scores
from memory_os.ports.trainer import Trained
from memory_os.sdk import Memory

BASE = ModelFingerprint("w", "t", "c", "", 2, 2, 8, "rope", "full", "float32", 1)
CONFIG: dict[str, JsonValue] = {
    "peft_type": "LORA",
    "r": 4,
    "lora_alpha": 8,
    "target_modules": ["q_proj"],
}
GOOD = Scores((0.0,) * 20, (1.0,) * 20, 0.01, detach_tested=True)
POOR = Scores((0.0,) * 20, (0.0,) * 19 + (1.0,), 0.01, detach_tested=True)


def trained(seed: int = 0) -> Trained:
    """Return a random adapter."""
    chance = np.random.default_rng(seed)
    name = "base_model.model.layers.0.q_proj"
    return Trained(
        {
            f"{name}.lora_A.weight": chance.standard_normal((4, 16)).astype(np.float32),
            f"{name}.lora_B.weight": chance.standard_normal((32, 4)).astype(np.float32),
        },
        CONFIG,
        0.1,
    )


def sources(memory: Memory) -> tuple[ContributorIn, ...]:
    """Store what an adapter is said to be trained on."""
    added = memory.add_many(["Ada drinks tea.", "Bob sings."], user_id="ada").results
    return tuple(ContributorIn(id=each.id, version=1) for each in added)


def active(memory: Memory, *contributors: ContributorIn, seed: int = 0) -> str:
    """Store an adapter, let its gate pass, and return its id."""
    draft = memory.store_adapter(BASE, trained(seed), contributors=contributors, user_id="ada")
    assert (draft.kind, draft.state, draft.source_class) == ("parametric", "generated", "trained")
    judged = memory.judge_adapter(draft.id, GOOD)
    assert (judged.state, judged.state_reason) == ("activated", "gate_passed")
    return draft.id


class AdapterTests:
    """``store_adapter``, ``judge_adapter``, ``load_adapter``, ``may_train``."""

    @pytest.mark.parametrize("codec", ["native", "int8", "int4"])
    def test_what_is_kept_is_loaded_by_its_base_alone(self, memory: Memory, codec: str) -> None:
        draft = memory.store_adapter(BASE, trained(), codec=codec, user_id="ada")
        assert isinstance(draft.payload, Adapter)
        assert draft.payload.blob.codec == codec
        memory.judge_adapter(draft.id, GOOD)
        found = memory.load_adapter(draft.id, BASE)
        assert (found.weights.rank, found.config) == (4, CONFIG)
        for name, tensor in trained().tensors.items():
            assert np.abs(found.weights.tensors()[name] - tensor).max() < 0.25
        with pytest.raises(NotSupported, match="another base model"):
            memory.load_adapter(draft.id, replace(BASE, weights="x"))

    def test_a_draft_is_not_attachable_and_the_gate_keeps_its_numbers(self, memory: Memory) -> None:
        draft = memory.store_adapter(BASE, trained(), user_id="ada")
        with pytest.raises(NotFound, match="cannot be attached"):
            memory.load_adapter(draft.id)
        assert memory.load_adapter(draft.id, draft=True).weights.rank == 4
        refused = memory.judge_adapter(draft.id, POOR)
        assert (refused.state, refused.version) == ("generated", 2)
        assert isinstance(refused.payload, Adapter)
        manifest = refused.payload.manifest
        assert manifest.verdict == "no_gain"
        assert manifest.scores_after["recall"] == pytest.approx(0.05)
        with pytest.raises(IllegalTransition, match="check has not passed"):
            memory.activate(draft.id)
        drifts = replace(GOOD, divergence=3.0)
        assert memory.judge_adapter(draft.id, drifts).state == "generated"
        assert memory.judge_adapter(draft.id, GOOD).state == "activated"
        assert memory.judge_adapter(draft.id, replace(GOOD, detach_tested=False)).state == (
            "generated"
        )

    def test_a_new_version_replaces_it_and_a_rollback_brings_it_back(self, memory: Memory) -> None:
        adapter = active(memory)
        before = memory.get(adapter)
        newer = memory.store_adapter(BASE, trained(1), replaces=adapter)
        assert (newer.id, newer.state) == (adapter, "generated")
        memory.judge_adapter(adapter, GOOD)
        name = next(iter(trained().tensors))
        second = memory.load_adapter(adapter).weights.tensors()[name]
        assert np.array_equal(second, trained(1).tensors[name])
        memory.rollback(memory_id=adapter, version=before.version, reason="worse")
        back = memory.load_adapter(adapter).weights.tensors()[name]
        assert np.array_equal(back, trained(0).tensors[name])

    def test_retired_it_is_detached_and_can_come_back(self, memory: Memory) -> None:
        adapter = active(memory)
        memory.archive(adapter)
        with pytest.raises(NotFound, match="archived"):
            memory.load_adapter(adapter)
        memory.restore(adapter)
        memory.activate(adapter)
        assert memory.load_adapter(adapter).weights.rank == 4

    def test_what_it_was_trained_on_must_stand(self, memory: Memory) -> None:
        one, other = sources(memory)
        adapter = active(memory, one, other)
        assert {parent.cube_id for parent in memory.get(adapter).parents} >= {one.id, other.id}
        memory.update(other.id, "Bob sings no more.")
        with pytest.raises(NotFound, match="train it again"):
            memory.load_adapter(adapter)
        with pytest.raises(VersionConflict, match="train again"):
            memory.store_adapter(BASE, trained(), contributors=[other])
        with pytest.raises(NotFound):
            memory.store_adapter(
                BASE, trained(), contributors=[ContributorIn(id="mem_0", version=1)]
            )

    def test_erasing_a_contributor_takes_the_adapter(self, memory: Memory) -> None:
        one, other = sources(memory)
        adapter = active(memory, one, other)
        receipt = memory.erase([one.id], reason="asked to")
        assert receipt.status == "complete"
        assert [each.id for each in receipt.tainted] == [adapter]
        assert receipt.counts["blobs"] == 1
        with pytest.raises(MemoryOSError):
            memory.load_adapter(adapter)
        assert memory.verify_erasure(receipt.id).ok
        assert memory.get(other.id).memory == "Bob sings."

    def test_several_are_merged_into_a_draft_of_its_own(self, memory: Memory) -> None:
        one, other = sources(memory)
        ids = [active(memory, one), active(memory, other, seed=1)]
        merged = memory.merge_adapters(BASE, ids, [0.5, 0.5], "cat", user_id="ada")
        assert (merged.state, merged.id in ids) == ("generated", False)
        assert isinstance(merged.payload, Adapter)
        assert merged.payload.rank == 8
        assert {each.cube_id for each in merged.payload.manifest.contributors} == {
            one.id,
            other.id,
        }
        found = memory.load_adapter(merged.id, draft=True).weights
        (name,) = found.modules
        parts = [memory.load_adapter(each).weights for each in ids]
        wanted = sum(0.5 * part.modules[name].delta(part.scale) for part in parts)
        np.testing.assert_allclose(found.modules[name].delta(found.scale), wanted, atol=1e-3)
        with pytest.raises(InvalidInput, match="two adapters"):
            memory.merge_adapters(BASE, ids[:1], [1.0])

    def test_policy_says_what_may_be_trained(self, memory: Memory) -> None:
        one, other = sources(memory)
        verdict = memory.may_train([one.id, other.id])
        assert (verdict.allowed, verdict.reason) == (False, "too_few_contributors")
        assert verdict.inputs["contributors"] == 2
        assert verdict.memories == ()
        with pytest.raises(NotFound):
            memory.may_train(["mem_0"])

    def test_what_is_no_adapter_is_refused(self, memory: Memory) -> None:
        text = memory.add("Ada drinks tea.", user_id="ada").results[0].id
        with pytest.raises(InvalidInput, match="not an adapter"):
            memory.judge_adapter(text, GOOD)
        with pytest.raises(InvalidInput, match="not an adapter"):
            memory.load_adapter(text)
        other = Trained(trained().tensors, {**CONFIG, "use_dora": True}, 0.0)
        with pytest.raises(NotSupported, match="LoRA"):
            memory.store_adapter(BASE, other)
        assert memory.get_all(kinds=["parametric"]).results == ()

    def test_the_same_key_keeps_it_once_and_a_dry_run_not_at_all(self, memory: Memory) -> None:
        shown = memory.store_adapter(BASE, trained(), dry_run=True)
        assert shown.id == "mem_planned"
        ids = {memory.store_adapter(BASE, trained(), idempotency_key="k").id for _ in range(2)}
        assert len(ids) == 1
        assert len(memory.get_all(kinds=["parametric"]).results) == 1
