"""Text, a real model and its caches together: the same answers, and never a stale one."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import memory_os
from memory_os import Memory
from memory_os.activation.calibrating import calibrate
from memory_os.activation.checking import check
from memory_os.clock import ManualClock
from memory_os.domain.operations.activation import CalibrationIn
from memory_os_agents.runtimes.transformers_runtime import TransformersRuntime
from tests.unit.agents.runtimes.tiny import runtime as tiny

START = datetime(2026, 3, 1, tzinfo=UTC)
ASKED = {"user_id": "ada", "standing_tokens": 900, "max_tokens": 1_200}
SYSTEM = "You are a concierge. Answer shortly and politely. " * 4


@pytest.fixture(scope="module")
def model() -> TransformersRuntime:
    return tiny()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture
def memory(tmp_path: Path, clock: ManualClock) -> Iterator[Memory]:
    with memory_os.connect(f"sqlite:///{tmp_path / 'memory.db'}", clock=clock) as opened:
        for number in range(12):
            text = f"Preference {number}: Ada likes her tea number {number} without sugar."
            opened.add(text, user_id="ada", semantic_type="preference")
        yield opened


def test_a_prompt_comes_with_the_cache_of_its_beginning(
    memory: Memory, model: TransformersRuntime
) -> None:
    first = memory.context("tea 3?", system=SYSTEM, reuse=model, **ASKED)
    assert (first.prefix, first.reason) == (None, "none_stored")
    kept = memory.keep_prefix(model, first, user_id="ada")
    assert (kept.kind, kept.state) == ("activation", "activated")
    assert {parent.role for parent in kept.parents} == {"version", "promote"}
    assert len(kept.payload.chunks) == first.standing // 256
    again = memory.context("What about tea 7?", system=SYSTEM, reuse=model, **ASKED)
    assert again.activation == again.context.activation == kept.id
    assert again.covered == again.standing // 256 * 256 >= 512
    without = model.generate(again.tokens, most=12)
    assert again.generate(model, most=12).tokens == without.tokens
    assert again.text.startswith(first.text[: first.context.prefix.chars])


def test_a_changed_memory_is_never_served_from_a_cache(
    memory: Memory, model: TransformersRuntime
) -> None:
    prompt = memory.context("tea?", reuse=model, **ASKED)
    memory.keep_prefix(model, prompt, user_id="ada")
    last = prompt.context.prefix.sources[-1].id
    memory.update(last, "Preference 11: Ada likes coffee now.")
    after = memory.context("tea?", reuse=model, **ASKED)
    assert 0 < after.covered < prompt.standing
    assert after.generate(model, most=8).tokens == model.generate(after.tokens, most=8).tokens
    first = prompt.context.prefix.sources[0].id
    memory.delete(first)
    assert memory.context("tea?", reuse=model, **ASKED).covered == 0


def test_the_check_looks_at_what_is_kept(memory: Memory, model: TransformersRuntime) -> None:
    tokens = model.encode(SYSTEM * 3).tokens[:512]
    right, wrong = model.prefill(tokens), model.prefill(tuple(reversed(tokens)))
    states = []
    for layers in (wrong, right):
        stored = memory.store_activation(model.fingerprint, tokens, layers)
        states.append(memory.verify_activation(model, stored, tokens).state)
    assert states == ["generated", "activated"]
    found = memory.find_prefix(model.fingerprint, tokens)
    loaded = memory.load_prefix(found, model.fingerprint)
    assert (loaded.keys[1] == right.keys[1]).all()


def test_lossy_codecs_pass_their_check_on_a_model(
    memory: Memory, model: TransformersRuntime
) -> None:
    tokens = model.encode(SYSTEM * 2).tokens[:256]
    layers = model.prefill(tokens)
    assert check(model, tokens, layers, "native").passed
    wrong = model.prefill(tuple(reversed(tokens)))
    assert not check(model, tokens, wrong, "native").passed
    assert not check(model, tokens, wrong, "int8").passed


def test_promotion_waits_for_use_and_says_why(
    memory: Memory, model: TransformersRuntime, clock: ManualClock
) -> None:
    prompt = memory.context("tea?", reuse=model, **ASKED)
    measured = calibrate(model, prompt.tokens[: prompt.standing])
    assert memory.promote(model, prompt, measured).verdict.reason == "not_activated"
    for source in prompt.context.prefix.sources:
        memory.activate(source.id)
    assert memory.promote(model, prompt, measured).verdict.reason == "changed_lately"
    clock.advance(timedelta(days=2))
    for _ in range(200):
        prompt = memory.context("tea?", reuse=model, **ASKED)
    shown = memory.promote(model, prompt, measured, user_id="ada", dry_run=True)
    assert shown.kept is None
    assert shown.verdict.inputs["strength"] > 190
    if shown.verdict.promote:
        done = memory.promote(model, prompt, measured, user_id="ada")
        assert done.kept is not None
        assert done.kept.metadata["promotion"]["uses_a_day"] > 1


def test_what_no_longer_pays_is_dropped_and_its_text_stays(
    memory: Memory, model: TransformersRuntime, clock: ManualClock, tmp_path: Path
) -> None:
    prompt = memory.context("tea?", reuse=model, **ASKED)
    numbers = CalibrationIn(prefill=1.0, load=0.01, build=5.0, bytes=1_000).model_dump()
    kept = memory.keep_prefix(model, prompt, user_id="ada", metadata={"promotion": numbers})
    pinned = memory.store_activation(
        model.fingerprint,
        prompt.tokens[:256],
        model.prefill(prompt.tokens[:256]),
        metadata={"promotion": numbers},
    )
    kernel = memory.connector.kernel
    assert kernel.settling.everywhere("default").demoted == ()
    clock.advance(timedelta(days=60))
    shown = kernel.settling.everywhere("default", dry_run=True)
    assert set(shown.demoted) == {kept.id, pinned.id}
    assert memory.get(kept.id).state == "activated"
    memory.update(pinned.id, pinned=True)
    assert kernel.settling.everywhere("default").demoted == (kept.id,)
    assert memory.get(kept.id).state_reason == "does_not_pay"
    assert len(memory.get_all(user_id="ada").results) == 12
    files = list((tmp_path / "memory.db.blobs").rglob("*.safetensors"))
    assert len(files) == 1


def test_a_damaged_file_is_never_served(
    memory: Memory, model: TransformersRuntime, tmp_path: Path
) -> None:
    prompt = memory.context("tea?", reuse=model, **ASKED)
    kept = memory.keep_prefix(model, prompt, user_id="ada")
    files = list((tmp_path / "memory.db.blobs").rglob("*.safetensors"))
    for file in files:
        held = bytearray(file.read_bytes())
        held[-5] ^= 1
        file.write_bytes(held)
    assert memory.context("tea?", reuse=model, **ASKED).covered  # what was read before is whole
    url = f"sqlite:///{tmp_path / 'memory.db'}"
    with memory_os.connect(url, clock=ManualClock(START)) as other:
        after = other.context("tea?", reuse=model, **ASKED)
        assert (after.prefix, after.reason) == (None, "damaged")
        assert other.get(kept.id).state_reason == "damaged"
    again = memory.keep_prefix(model, prompt, user_id="ada")
    assert memory.context("tea?", reuse=model, **ASKED).activation == again.id


def test_erasing_leaves_no_byte_of_a_cache(
    memory: Memory, model: TransformersRuntime, tmp_path: Path
) -> None:
    prompt = memory.context("tea?", reuse=model, **ASKED)
    kept = memory.keep_prefix(model, prompt, user_id="ada")
    canary = model.prefill(prompt.tokens[:256]).keys[1][0, 200].tobytes()
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert any(canary in path.read_bytes() for path in files)
    assert memory.context("tea?", reuse=model, **ASKED).covered
    receipt = memory.erase([prompt.context.prefix.sources[0].id], reason="asked to")
    assert receipt.status == "complete"
    assert kept.id in {member.id for member in receipt.closure}
    left = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert not any(canary in path.read_bytes() for path in left)
    assert not [path for path in left if path.suffix == ".safetensors"]
    assert memory.verify_erasure(receipt.id).ok
