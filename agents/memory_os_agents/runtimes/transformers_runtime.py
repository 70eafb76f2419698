"""A transformers model as a runtime: its cache is a ``DynamicCache``, taken out and put in."""

import inspect
import time
from collections.abc import Sequence
from threading import Lock
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import DynamicCache

from memory_os.domain.kv import Layers
from memory_os.domain.payload import ModelFingerprint
from memory_os.errors import InvalidInput, NotSupported
from memory_os.ports.model_runtime import Encoded, Generation
from memory_os_agents.runtimes.fingerprinting import fingerprint_of, plain

_TYPES = {torch.float32: "float32", torch.float16: "float16", torch.bfloat16: "bfloat16"}


class TransformersRuntime:
    """Run one causal model of transformers. Safe to call from many threads, one at a time runs.

    The fingerprint is computed once: after weights or the active adapter changed, call
    ``refresh``.
    """

    def __init__(self, model: Any, tokenizer: Any) -> None:
        """Take a loaded model and its fast tokenizer.

        Raises:
            NotSupported: the model's cache is not that of full attention in every layer, its
                numbers are of another type than float32, float16 or bfloat16, or the tokenizer
                cannot say which characters a token is made of.
        """
        plain(model.config.get_text_config())
        if model.dtype not in _TYPES:
            raise NotSupported(f"a model in {model.dtype} is not supported; load it in bfloat16")
        if not getattr(tokenizer, "is_fast", False):
            raise NotSupported("the tokenizer must be a fast one, which tells offsets")
        self.model = model.eval()
        self.tokenizer = tokenizer
        self._lock = Lock()
        names = inspect.signature(type(model).forward).parameters
        self._cache_name = "cache" if "cache" in names else "past_key_values"
        self._fingerprint = fingerprint_of(model, tokenizer)

    @property
    def fingerprint(self) -> ModelFingerprint:
        """Return everything that must be equal for a cache to fit."""
        return self._fingerprint

    def refresh(self) -> ModelFingerprint:
        """Read the weights again and return the fingerprint: after training or another adapter."""
        with self._lock:
            self._fingerprint = fingerprint_of(self.model, self.tokenizer)
        return self._fingerprint

    @property
    def window(self) -> int:
        """Return how many tokens the model reads at most."""
        return int(self.model.config.get_text_config().max_position_embeddings)

    def encode(self, text: str) -> Encoded:
        """Return the tokens of ``text``, with none added."""
        found = self.tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
        spans = tuple((int(start), int(stop)) for start, stop in found["offset_mapping"])
        return Encoded(tuple(map(int, found["input_ids"])), spans)

    def decode(self, tokens: Sequence[int]) -> str:
        """Return the text of ``tokens``, without special ones."""
        return str(self.tokenizer.decode(list(tokens), skip_special_tokens=True))

    def prefill(self, tokens: Sequence[int], prefix: Layers | None = None) -> Layers:
        """Return the cache of all ``tokens``, of which ``prefix`` holds the first.

        Raises:
            InvalidInput: none or more tokens than the window; the prefix does not fit.
        """
        cache, rest = self._begun(tokens, prefix)
        with self._lock, torch.inference_mode():
            self._forward(rest, cache, logits=1)
        return self._taken(cache)

    def logits(self, tokens: Sequence[int], prefix: Layers | None = None) -> NDArray[np.float32]:
        """Return the scores of the next token behind each token that the prefix does not hold.

        Raises:
            InvalidInput: as ``prefill``.
        """
        cache, rest = self._begun(tokens, prefix)
        with self._lock, torch.inference_mode():
            scores = self._forward(rest, cache, logits=0)
        found: NDArray[np.float32] = scores[0].float().cpu().numpy()
        return found

    def generate(
        self, tokens: Sequence[int], prefix: Layers | None = None, *, most: int = 64
    ) -> Generation:
        """Continue greedily until the end token, or by ``most`` tokens, within the window.

        Raises:
            InvalidInput: as ``prefill``, or no room is left in the window.
        """
        started = time.perf_counter()
        cache, rest = self._begun(tokens, prefix)
        room = min(most, self.window - len(tokens))
        if room < 1:
            raise InvalidInput(
                f"{len(tokens)} tokens fill the window of {self.window}; shorten the prompt",
                field="tokens",
            )
        made: list[int] = []
        first, ends = 0.0, self._ends()
        with self._lock, torch.inference_mode():
            while len(made) < room:
                scores = self._forward(rest, cache, logits=1)
                token = int(scores[0, -1].argmax())
                first = first or time.perf_counter() - started
                if token in ends:
                    break
                made.append(token)
                rest = torch.tensor([[token]], device=self.model.device)
        return Generation(tuple(made), self.decode(made), first, time.perf_counter() - started)

    def _ends(self) -> frozenset[int]:
        ends = self.model.generation_config.eos_token_id
        if ends is None:
            return frozenset()
        return frozenset(ends if isinstance(ends, list) else [ends])

    def _begun(self, tokens: Sequence[int], prefix: Layers | None) -> tuple[Any, Any]:
        """Return a cache that holds the prefix, and the tokens that are still to be read."""
        held = prefix.tokens if prefix is not None else 0
        if not 0 < len(tokens) <= self.window:
            raise InvalidInput(
                f"{len(tokens)} tokens; the model reads 1 to {self.window}", field="tokens"
            )
        if held >= len(tokens):
            raise InvalidInput(
                f"a prefix of {held} tokens leaves none of {len(tokens)} to read; cut it by one",
                field="prefix",
            )
        cache = DynamicCache(config=self.model.config)
        if prefix is not None:
            prefix.require(self._fingerprint)
            pairs = zip(prefix.keys, prefix.values, strict=True)
            for at, (key, value) in enumerate(pairs):
                cache.update(self._given(key), self._given(value), at)
        rest = torch.tensor([list(tokens[held:])], device=self.model.device)
        return cache, rest

    def _given(self, array: NDArray[np.generic]) -> Any:
        """Return a copy as a tensor with a batch of one: a forward pass may write to it."""
        copy = np.array(array, copy=True, order="C")
        if self.model.dtype is torch.bfloat16:
            tensor = torch.from_numpy(copy.view(np.int16)).view(torch.bfloat16)
        else:
            tensor = torch.from_numpy(copy)
        return tensor.unsqueeze(0).to(self.model.device)

    def _taken(self, cache: Any) -> Layers:
        keys = tuple(self._array(layer.keys) for layer in cache.layers)
        values = tuple(self._array(layer.values) for layer in cache.layers)
        return Layers(keys, values, _TYPES[self.model.dtype])

    def _array(self, tensor: Any) -> NDArray[np.generic]:
        own = tensor[0].detach().to("cpu").contiguous()
        if own.dtype is torch.bfloat16:
            raw: NDArray[np.generic] = own.view(torch.int16).numpy().view(np.uint16)
            return raw
        plain_array: NDArray[np.generic] = own.numpy()
        return plain_array

    def _forward(self, rest: Any, cache: Any, logits: int) -> Any:
        """Read ``rest`` into the cache and return scores, of all or of the last ``logits``."""
        given = {self._cache_name: cache, "use_cache": True, "logits_to_keep": logits}
        return self.model(input_ids=rest, **given).logits
