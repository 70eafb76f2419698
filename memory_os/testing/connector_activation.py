"""Attention caches behind a connector; part of ``MemorySuite``."""

from dataclasses import replace

import numpy as np
import pytest

from memory_os.activation.format import pack
from memory_os.domain.kv import CHUNK, Layers
from memory_os.domain.operations.activation import ActivationRequest, TokenSource
from memory_os.domain.payload import Activation, Check, ModelFingerprint
from memory_os.errors import (
    IllegalTransition,
    InvalidInput,
    MemoryOSError,
    NotFound,
    NotSupported,
    VersionConflict,
)
from memory_os.sdk import Memory

MODEL = ModelFingerprint("w", "t", "c", "", 2, 2, 8, "rope", "full", "float32", 1)
PASSED = Check(8, 1.0, 1e-6, passed=True)
TOKENS = tuple(range(3 * CHUNK + 40))


def layers(tokens: int = len(TOKENS), seed: int = 0) -> Layers:
    """Return random keys and values of ``MODEL``."""
    chance = np.random.default_rng(seed)
    arrays = [chance.standard_normal((2, tokens, 8)).astype(np.float32) for _ in range(4)]
    return Layers(tuple(arrays[:2]), tuple(arrays[2:]), "float32")


def sourced(memory: Memory) -> tuple[TokenSource, TokenSource]:
    """Store two texts and say that the first and the third chunk hold them."""
    added = memory.add_many(["Ada drinks tea.", "Bob sings in the choir."], user_id="ada").results
    spans = ((10, 30), (2 * CHUNK + 5, 2 * CHUNK + 50))
    one, other = (
        TokenSource(id=each.id, version=1, span=span)
        for each, span in zip(added, spans, strict=True)
    )
    return one, other


def kept(memory: Memory, *sources: TokenSource, codec: str = "native", seed: int = 0) -> str:
    """Store a cache, let its check pass, and return its id."""
    stored = memory.store_activation(
        MODEL, TOKENS, layers(seed=seed), sources=sources, codec=codec, user_id="ada"
    )
    assert (stored.kind, stored.state, stored.version) == ("activation", "generated", 1)
    checked = memory.check_activation(stored.id, PASSED)
    assert (checked.state, checked.state_reason) == ("activated", "check_passed")
    return stored.id


class ActivationTests:
    """``store_activation``, ``check_activation``, ``find_prefix``, ``load_prefix``."""

    def test_what_is_kept_is_found_by_its_longest_prefix(self, memory: Memory) -> None:
        cache = kept(memory)
        found = memory.find_prefix(MODEL, TOKENS)
        assert (found.id, found.tokens, found.reason) == (cache, 3 * CHUNK, "found")
        loaded = memory.load_prefix(found, MODEL)
        assert loaded is not None
        for one, other in zip(layers().keys, loaded.keys, strict=True):
            assert np.array_equal(one[:, : 3 * CHUNK], other)
        shorter = memory.find_prefix(MODEL, (*TOKENS[: 2 * CHUNK], *TOKENS[:CHUNK]))
        assert (shorter.id, shorter.tokens) == (cache, 2 * CHUNK)
        other_end = memory.find_prefix(MODEL, (1, *TOKENS))
        assert (other_end.id, other_end.reason) == (None, "none_stored")

    def test_a_longer_cache_shares_the_chunks_of_a_shorter_one(self, memory: Memory) -> None:
        short = memory.store_activation(MODEL, TOKENS[:CHUNK], layers().part(0, CHUNK))
        long = memory.store_activation(MODEL, TOKENS, layers())
        one, other = short.payload, long.payload
        assert isinstance(one, Activation)
        assert isinstance(other, Activation)
        assert one.chunks[0] == other.chunks[0]

    def test_only_a_checked_one_is_loadable(self, memory: Memory) -> None:
        stored = memory.store_activation(MODEL, TOKENS, layers(), user_id="ada")
        assert memory.find_prefix(MODEL, TOKENS).reason == "unchecked"
        failed = memory.check_activation(stored.id, Check(8, 0.5, 1.7, passed=True))
        assert (failed.state, failed.version) == ("generated", 2)
        assert memory.find_prefix(MODEL, TOKENS).reason == "unchecked"
        with pytest.raises(IllegalTransition, match="check has not passed"):
            memory.activate(stored.id)
        memory.check_activation(stored.id, PASSED)
        assert memory.find_prefix(MODEL, TOKENS).tokens == 3 * CHUNK
        memory.check_activation(stored.id, Check(8, 1.0, 1.7, passed=True))
        assert memory.find_prefix(MODEL, TOKENS).id is None
        assert memory.get(stored.id).state == "generated"

    def test_another_model_or_adapter_finds_nothing(self, memory: Memory) -> None:
        kept(memory)
        others = (
            replace(MODEL, weights="x"),
            replace(MODEL, adapter="x"),
            replace(MODEL, dtype="bfloat16"),
        )
        assert [memory.find_prefix(model, TOKENS).id for model in others] == [None] * 3

    def test_what_a_revised_text_was_in_is_dropped_with_all_behind_it(self, memory: Memory) -> None:
        one, other = sourced(memory)
        cache = kept(memory, one, other)
        memory.update(other.id, "Bob sings no more.")
        found = memory.find_prefix(MODEL, TOKENS)
        assert (found.id, found.tokens) == (cache, 2 * CHUNK)
        assert memory.load_prefix(found, MODEL) is not None
        payload = memory.get(cache).payload
        assert isinstance(payload, Activation)
        assert len(payload.chunks) == 2
        memory.delete(one.id)
        assert memory.find_prefix(MODEL, TOKENS).id is None
        assert (memory.get(cache).state, memory.get(cache).state_reason) == (
            "archived",
            "source_changed",
        )
        memory.restore(one.id)
        memory.restore(cache)
        with pytest.raises(IllegalTransition, match="holds no tensors"):
            memory.check_activation(cache, PASSED)

    def test_a_text_that_is_out_of_recall_is_not_served(self, memory: Memory) -> None:
        one, _ = sourced(memory)
        kept(memory, one)
        memory.archive(one.id)
        assert memory.find_prefix(MODEL, TOKENS).id is None

    def test_sources_must_be_as_they_stand(self, memory: Memory) -> None:
        one, _ = sourced(memory)
        memory.update(one.id, "Ada drinks coffee.")
        with pytest.raises(VersionConflict, match="compute it again"):
            memory.store_activation(MODEL, TOKENS, layers(), sources=[one])
        unknown = TokenSource(id="mem_0", version=1, span=(0, 1))
        with pytest.raises(NotFound, match="mem_0"):
            memory.store_activation(MODEL, TOKENS, layers(), sources=[unknown])

    def test_what_does_not_fit_is_refused_and_nothing_kept(self, memory: Memory) -> None:
        with pytest.raises(InvalidInput, match="of 256 tokens where 768"):
            memory.store_activation(MODEL, TOKENS, layers(CHUNK))
        with pytest.raises(InvalidInput, match="tokens"):
            memory.store_activation(MODEL, TOKENS[:10], layers(10))
        with pytest.raises(InvalidInput, match="codec"):
            memory.store_activation(MODEL, TOKENS, layers(), codec="zip")
        with pytest.raises(NotFound):
            memory.check_activation("mem_0", PASSED)
        text = memory.add("Ada drinks tea.", user_id="ada").results[0].id
        with pytest.raises(InvalidInput, match="not an activation"):
            memory.check_activation(text, PASSED)
        assert memory.get_all(kinds=["activation"]).results == ()

    @pytest.mark.parametrize("codec", ["int8", "fp8", "int4"])
    def test_it_is_kept_in_fewer_bytes_and_checked_again(self, memory: Memory, codec: str) -> None:
        cache = kept(memory)
        planned = memory.recode_activation(cache, codec, dry_run=True)
        assert planned.version == 3
        assert memory.find_prefix(MODEL, TOKENS).tokens == 3 * CHUNK
        after = memory.recode_activation(cache, codec, reason="room")
        assert (after.state, after.state_reason) == ("generated", "recoded")
        assert memory.find_prefix(MODEL, TOKENS).reason == "unchecked"
        memory.check_activation(cache, PASSED)
        found = memory.find_prefix(MODEL, TOKENS)
        assert {chunk.codec for chunk in found.chunks} == {codec}
        loaded = memory.load_prefix(found, MODEL)
        assert loaded is not None
        assert np.abs(loaded.keys[0] - layers().keys[0][:, : 3 * CHUNK]).max() < 0.5

    def test_a_dry_run_shows_it_and_keeps_nothing(self, memory: Memory) -> None:
        one, _ = sourced(memory)
        shown = memory.store_activation(
            MODEL, TOKENS, layers(), sources=[one], user_id="ada", dry_run=True
        )
        assert (shown.id, shown.kind) == ("mem_planned", "activation")
        assert memory.get_all(kinds=["activation"], user_id="ada").results == ()

    def test_it_is_a_memory_like_others(self, memory: Memory) -> None:
        stored = memory.store_activation(
            MODEL,
            TOKENS,
            layers(),
            user_id="ada",
            tags=["system"],
            metadata={"model": "toy"},
            reason="often used",
        )
        filters = {"metadata.model": "toy"}
        found = memory.get_all(user_id="ada", kinds=["activation"], filters=filters).results
        assert [each.id for each in found] == [stored.id]
        assert memory.get_all(user_id="ada").results == ()
        assert memory.search("system", user_id="ada").results == ()
        memory.check_activation(stored.id, PASSED)
        history = memory.history(stored.id).results
        assert [each.version for each in history] == [1, 2]
        frozen = memory.move(stored.id, "freeze", reason="keep")
        assert frozen.state == "frozen"
        assert memory.find_prefix(MODEL, TOKENS).id == stored.id
        with pytest.raises(IllegalTransition):
            memory.recode_activation(stored.id, "int8")
        memory.move(stored.id, "unfreeze", reason="done")
        memory.delete(stored.id)
        assert memory.find_prefix(MODEL, TOKENS).id is None

    def test_the_same_key_keeps_it_once(self, memory: Memory) -> None:
        ids = {
            memory.store_activation(MODEL, TOKENS, layers(), idempotency_key="k").id
            for _ in range(2)
        }
        assert len(ids) == 1

    def test_erasing_a_source_erases_the_cache(self, memory: Memory) -> None:
        one, other = sourced(memory)
        cache = kept(memory, one, other)
        receipt = memory.erase([one.id], reason="asked to")
        assert receipt.status == "complete"
        assert {member.id for member in receipt.closure} == {one.id, cache}
        assert receipt.counts["blobs"] >= 1
        assert memory.find_prefix(MODEL, TOKENS).id is None
        assert memory.verify_erasure(receipt.id).ok
        with pytest.raises(MemoryOSError):
            memory.get(cache)

    def test_a_file_of_another_model_is_refused(self, memory: Memory) -> None:
        asked = ActivationRequest(model=MODEL, tokens=TOKENS)
        foreign = pack(layers(), replace(MODEL, weights="x"))
        with pytest.raises(NotSupported, match="another model"):
            memory.connector.store_activation(asked, foreign)
        with pytest.raises(InvalidInput, match="safetensors"):
            memory.connector.store_activation(asked, b"none at all")
