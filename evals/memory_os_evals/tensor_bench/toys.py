"""Random models of a size, with a tokenizer of bytes: what is measured are times, not wisdom."""

import importlib
from typing import Any

from tokenizers import Tokenizer, decoders, models, pre_tokenizers

from memory_os.errors import NotSupported
from memory_os_agents.runtimes.loading import EXTRA


def vendor(name: str) -> Any:
    """Return a module of the extra ``[torch]``.

    Raises:
        NotSupported: it is not installed.
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise NotSupported(
            f"this measurement takes torch, transformers and peft: {EXTRA}"
        ) from error


def tokenizer() -> Any:
    """Return a tokenizer with one token a byte."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {"\x00": 0} | {letter: at for at, letter in enumerate(alphabet, start=1)}
    made = Tokenizer(models.BPE(vocabulary, []))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    fast = vendor("transformers").PreTrainedTokenizerFast
    return fast(tokenizer_object=made)


def llama(width: int, layers: int, seed: int = 0, spread: float = 0.02) -> Any:
    """Return a Llama of random weights, four query heads to two of keys a 64 of width."""
    vendor("torch").manual_seed(seed)
    transformers = vendor("transformers")
    heads = max(4, width // 64)
    config = transformers.LlamaConfig(
        vocab_size=257,
        hidden_size=width,
        intermediate_size=width * 3,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        num_key_value_heads=heads // 2,
        max_position_embeddings=8_192,
        bos_token_id=None,
        eos_token_id=0,
        initializer_range=spread,
    )
    return transformers.LlamaForCausalLM(config)
