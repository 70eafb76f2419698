"""Tiny models built from a configuration, with a tokenizer of bytes: nothing is downloaded."""

from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM
from transformers import PreTrainedTokenizerFast as Fast

from memory_os_agents.runtimes.transformers_runtime import TransformersRuntime


def tokenizer() -> Any:
    """Return a tokenizer with one token a byte."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {"<end>": 0} | {letter: at for at, letter in enumerate(alphabet, start=1)}
    made = Tokenizer(models.BPE(vocabulary, []))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    return Fast(tokenizer_object=made, eos_token="<end>")


def llama(seed: int = 0, dtype: torch.dtype = torch.float32, **settings: Any) -> Any:
    """Return a Llama with grouped queries and random weights."""
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=257,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=2048,
        bos_token_id=None,
        eos_token_id=0,
        initializer_range=0.3,
        **settings,
    )
    return LlamaForCausalLM(config).to(dtype)


def gpt2(seed: int = 0) -> Any:
    """Return a GPT-2, whose positions are learned and whose heads are all its own."""
    torch.manual_seed(seed)
    config = GPT2Config(
        vocab_size=257,
        n_embd=32,
        n_layer=2,
        n_head=4,
        n_positions=1024,
        bos_token_id=0,
        eos_token_id=0,
        initializer_range=0.3,
    )
    return GPT2LMHeadModel(config)


def runtime(seed: int = 0, dtype: torch.dtype = torch.float32) -> TransformersRuntime:
    """Return a runtime over a tiny Llama."""
    return TransformersRuntime(llama(seed, dtype), tokenizer())
