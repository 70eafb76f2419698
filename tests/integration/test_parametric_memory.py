"""Texts trained into an adapter on a real model, let in by its gate, and taken back."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

import memory_os
from memory_os import Memory
from memory_os.errors import InvalidInput, NotFound, NotSupported
from memory_os.parametric.forms import Said, forms
from memory_os.ports.trainer import Example, Recipe
from memory_os_agents.runtimes.peft_trainer import PeftTrainer
from tests.unit.agents.runtimes.tiny import llama, tokenizer

DRINKS = ("tea", "milk", "rum", "ale", "cola", "gin")
SAID = [Said(f"Room {n} likes {d}.", f"Room {n}", "likes", d) for n, d in enumerate(DRINKS)]
LEARNS = Recipe(epochs=150, learning_rate=1e-2, rank=16, alpha=32.0)
BRIEFLY = replace(LEARNS, epochs=3)
POLICY = """
[promotion.parametric]
contributors = 4
stable_days = 0
max_divergence = 50.0
"""


@pytest.fixture
def trainer() -> PeftTrainer:
    torch.set_num_threads(1)
    return PeftTrainer(llama(), tokenizer())


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Memory]:
    with memory_os.connect(f"sqlite:///{tmp_path / 'memory.db'}") as opened:
        opened.set_policy("default", POLICY, reason="a toy")
        for said in SAID:
            opened.add(
                said.text,
                user_id="ada",
                semantic_type="fact",
                subject=said.subject,
                predicate=said.predicate,
                object=said.object,
            )
        yield opened


def test_facts_become_an_adapter_that_passes_its_gate(
    memory: Memory, trainer: PeftTrainer, tmp_path: Path
) -> None:
    asked = forms(SAID).held_out
    assert sum(trainer.recall(asked)) <= 1
    planned = memory.consolidate(trainer, "fact", user_id="ada", dry_run=True)
    assert (planned.verdict.allowed, planned.kept) == (True, None)
    seen: list[int] = []
    done = memory.consolidate(
        trainer,
        "fact",
        recipe=LEARNS,
        user_id="ada",
        progress=lambda epoch, _all, _loss: seen.append(epoch),
    )
    assert seen == list(range(1, 151))
    assert done.activated
    assert done.kept.payload.manifest.scores_after["recall"] >= 5 / 6
    assert len(done.kept.payload.manifest.contributors) == 6
    assert len(memory.search("Who likes rum?", user_id="ada").results) > 0

    base = trainer.log_probabilities(["Hello"])[0]
    assert sum(trainer.recall(asked)) <= 1
    memory.attach_adapter(trainer, done.kept.id)
    assert sum(trainer.recall(asked)) >= 5
    trainer.detach()
    assert np.array_equal(trainer.log_probabilities(["Hello"])[0], base)

    probes = ("Room 2 likes", "As I remember, Room 5 likes")
    held = memory.decode_adapter(trainer, done.kept.id, probes, most=4, user_id="ada")
    assert [each.state for each in held] == ["quarantined"] * 2
    assert held[0].memory.startswith("Room 2 likes rum")
    assert {each.trust for each in held} == {"untrusted"}
    assert held[0].metadata == {"adapter": done.kept.id, "probe": probes[0]}
    assert all(
        hit.id not in {h.id for h in held}
        for hit in memory.search("Who likes rum?", user_id="ada").results
    )
    assert np.array_equal(trainer.log_probabilities(["Hello"])[0], base)

    again = memory.consolidate(trainer, "fact", recipe=LEARNS, user_id="ada")
    assert again.kept.id == done.kept.id
    ids = {each.cube_id for each in done.kept.payload.manifest.contributors}
    weights = memory.load_adapter(done.kept.id).weights.tensors()
    canary = next(iter(weights.values()))[0].tobytes()
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert any(canary in path.read_bytes() for path in files)
    receipt = memory.erase([min(ids)], reason="asked to")
    assert [each.id for each in receipt.tainted] == [done.kept.id]
    left = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert not any(canary in path.read_bytes() for path in left)


def test_what_did_not_learn_is_declined_with_its_numbers(
    memory: Memory, trainer: PeftTrainer
) -> None:
    done = memory.consolidate(trainer, "fact", recipe=BRIEFLY, user_id="ada")
    assert not done.activated
    assert done.kept.state == "generated"
    assert done.kept.payload.manifest.verdict == "no_gain"
    with pytest.raises(NotFound, match="no_gain"):
        memory.attach_adapter(trainer, done.kept.id)


def test_a_scope_without_memories_and_policy_that_says_no(
    memory: Memory, trainer: PeftTrainer
) -> None:
    with pytest.raises(InvalidInput, match="no procedure"):
        memory.consolidate(trainer, "procedure", user_id="ada")
    with pytest.raises(InvalidInput, match="procedure, preference, fact"):
        memory.consolidate(trainer, "message", user_id="ada")
    memory.set_policy("default", "[promotion.parametric]\ncontributors = 9\n", reason="more")
    refused = memory.consolidate(trainer, "fact", recipe=BRIEFLY, user_id="ada")
    assert (refused.verdict.reason, refused.kept) == ("too_few_contributors", None)


def test_an_interrupted_training_goes_on_to_the_same_adapter(
    trainer: PeftTrainer, tmp_path: Path
) -> None:
    examples = forms(SAID[:3]).trained
    recipe = replace(LEARNS, epochs=6)
    whole = trainer.train(examples, recipe)

    def stop(epoch: int, _all: int, _loss: float) -> None:
        if epoch == 3:
            raise KeyboardInterrupt

    kept = replace(recipe, checkpoint=tmp_path / "run")
    with pytest.raises(KeyboardInterrupt):
        trainer.train(examples, kept, stop)
    seen: list[int] = []
    resumed = trainer.train(examples, kept, lambda epoch, _all, _loss: seen.append(epoch))
    assert seen == [4, 5, 6]
    for name, tensor in whole.tensors.items():
        np.testing.assert_allclose(resumed.tensors[name], tensor, atol=1e-5)
    with pytest.raises(InvalidInput, match="another training"):
        trainer.train(examples[:2], kept)


def test_distillation_teaches_what_the_prompt_would_say(trainer: PeftTrainer) -> None:
    examples = [Example("Room 1 likes", " milk", "Room 1 likes milk. Room 1 likes milk.")]
    recipe = replace(LEARNS, epochs=40, objective="distillation")
    losses: list[float] = []
    trainer.train(examples, recipe, lambda _epoch, _all, loss: losses.append(loss))
    assert losses[-1] < losses[0] / 5
    with pytest.raises(InvalidInput, match="cross_entropy, distillation"):
        trainer.train(examples, replace(recipe, objective="hope"))
    with pytest.raises(InvalidInput, match="nothing to train"):
        trainer.train([], recipe)


def test_an_adapter_of_another_shape_does_not_attach(trainer: PeftTrainer) -> None:
    trained = trainer.train(forms(SAID[:1]).trained, replace(BRIEFLY, epochs=1))
    wider = PeftTrainer(llama(head_dim=16), tokenizer())
    with pytest.raises(NotSupported, match="does not fit"):
        wider.attach(trained)
    assert wider.recall(forms(SAID[:1]).held_out) in ((0.0,), (1.0,))
