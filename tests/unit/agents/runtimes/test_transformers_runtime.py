"""Caches that go out of a model and in again change nothing that it says."""

import numpy as np
import pytest
import torch
from transformers import MistralConfig, MistralForCausalLM

from memory_os.domain.kv import joined
from memory_os.errors import InvalidInput, NotSupported
from memory_os_agents.runtimes.transformers_runtime import TransformersRuntime
from tests.unit.agents.runtimes.tiny import gpt2, llama, runtime, tokenizer

TEXT = "Ada drinks tea. Bob sings in the choir. The ferry leaves at nine. " * 6


@pytest.fixture(scope="module")
def model() -> TransformersRuntime:
    return runtime()


def test_tokens_know_their_characters(model: TransformersRuntime) -> None:
    encoded = model.encode("Ada drinks tea.")
    assert len(encoded.tokens) == len(encoded.spans) == 15
    assert encoded.spans[4] == (4, 5)
    assert model.decode(encoded.tokens) == "Ada drinks tea."
    assert model.encode("").tokens == ()


def test_an_injected_prefix_gives_the_logits_of_a_full_prefill(model: TransformersRuntime) -> None:
    tokens = model.encode(TEXT).tokens
    whole = model.logits(tokens)
    prefix = model.prefill(tokens).part(0, 256)
    with_it = model.logits(tokens, prefix)
    assert with_it.shape == (len(tokens) - 256, 257)
    assert np.abs(whole[256:] - with_it).max() < 1e-5
    assert np.abs(model.logits(tokens, prefix) - with_it).max() == 0.0
    other = model.prefill(tuple(reversed(tokens))).part(0, 256)
    assert np.abs(whole[256:] - model.logits(tokens, other)).max() > 0.1


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_goes_out_and_in_to_the_bit(dtype: torch.dtype) -> None:
    half = runtime(dtype=dtype)
    tokens = half.encode(TEXT).tokens
    cache = half.prefill(tokens)
    assert half.fingerprint.dtype == cache.dtype == str(dtype).removeprefix("torch.")
    grown = half.prefill(tokens, cache.part(0, 256))
    assert all(
        np.array_equal(one[:, :256], other[:, :256])
        for one, other in zip(grown.keys, cache.keys, strict=True)
    )
    answers = [half.generate(tokens, prefix, most=8) for prefix in (None, cache.part(0, 256))]
    assert answers[0].tokens == answers[1].tokens


def test_generation_is_equal_with_and_without(model: TransformersRuntime) -> None:
    tokens = model.encode(TEXT).tokens
    without = model.generate(tokens, most=24)
    prefix = model.prefill(tokens[:300])
    with_it = model.generate(tokens, prefix, most=24)
    assert with_it.tokens == without.tokens
    assert with_it.text == without.text
    assert 0 < with_it.first <= with_it.total


def test_it_ends_at_the_end_token(model: TransformersRuntime) -> None:
    tokens = model.encode(TEXT).tokens
    first = model.generate(tokens, most=1).tokens[0]
    model.model.generation_config.eos_token_id = [first]
    assert model.generate(tokens, most=5).tokens == ()
    model.model.generation_config.eos_token_id = 0


def test_a_prefill_goes_on_where_a_prefix_ends(model: TransformersRuntime) -> None:
    tokens = model.encode(TEXT).tokens
    whole = model.prefill(tokens)
    grown = model.prefill(tokens, whole.part(0, 100))
    assert grown.tokens == whole.tokens == len(tokens)
    again = joined([whole.part(0, 100), whole.part(100, len(tokens))])
    for one, other, same in zip(whole.values, grown.values, again.values, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)
        assert np.array_equal(one, same)


def test_learned_positions_work_as_well() -> None:
    model = TransformersRuntime(gpt2(), tokenizer())
    tokens = model.encode(TEXT).tokens
    whole = model.logits(tokens)
    found = model.logits(tokens, model.prefill(tokens[:256]))
    assert np.abs(whole[256:] - found).max() < 1e-4


def test_the_fingerprint_is_of_the_numbers_not_of_the_name(model: TransformersRuntime) -> None:
    assert runtime().fingerprint == model.fingerprint
    assert runtime(seed=1).fingerprint.weights != model.fingerprint.weights
    scaled = llama(rope_parameters={"rope_type": "default", "rope_theta": 5e5})
    other = TransformersRuntime(scaled, tokenizer()).fingerprint
    assert other.rope != model.fingerprint.rope
    with torch.no_grad():
        changed = runtime()
        changed.model.lm_head.weight[0, 0] += 1e-3
    assert changed.refresh().weights != model.fingerprint.weights


def test_what_does_not_fit_is_refused(model: TransformersRuntime) -> None:
    tokens = model.encode(TEXT).tokens
    cache = model.prefill(tokens)
    with pytest.raises(InvalidInput, match="leaves none"):
        model.logits(tokens, cache)
    with pytest.raises(InvalidInput, match="reads 1 to 2048"):
        model.prefill(())
    with pytest.raises(InvalidInput, match="fill the window"):
        model.generate((1,) * 2048)
    with pytest.raises(InvalidInput, match="kv_heads is 4, the model's is 2"):
        TransformersRuntime(gpt2(), tokenizer()).prefill(tokens).require(model.fingerprint)
    with pytest.raises(InvalidInput, match="dtype is float32"):
        runtime(dtype=torch.bfloat16).logits(tokens, cache.part(0, 256))


def test_a_model_with_a_window_is_refused() -> None:
    config = MistralConfig(
        vocab_size=257, hidden_size=32, intermediate_size=64, num_hidden_layers=1,
        num_attention_heads=4, num_key_value_heads=2, sliding_window=64,
    )  # fmt: skip
    with pytest.raises(NotSupported, match="sliding window"):
        TransformersRuntime(MistralForCausalLM(config), tokenizer())
