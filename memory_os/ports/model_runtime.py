"""Port: a language model whose attention cache can be taken out and put in again."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from memory_os.domain.kv import Layers
from memory_os.domain.payload import ModelFingerprint


@dataclass(frozen=True, slots=True)
class Encoded:
    """A text as tokens, with the characters that each was made of, half-open."""

    tokens: tuple[int, ...]
    spans: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Generation:
    """What a model wrote; ``first`` and ``total`` are seconds to the first token and to the end."""

    tokens: tuple[int, ...]
    text: str
    first: float
    total: float


class ModelRuntime(Protocol):
    """Run one model. Arrays and numbers alone cross this border, no framework's types.

    ``prefix`` everywhere is the cache of the first ``prefix.tokens`` of ``tokens``, of this very
    model; it is copied before use, so the same one may be given again and again. Given none, all
    is computed. The last token is always computed, so a prefix is shorter than the tokens.
    """

    @property
    def fingerprint(self) -> ModelFingerprint:
        """Return everything that must be equal for a cache to fit, adapter and all."""
        ...

    @property
    def window(self) -> int:
        """Return how many tokens the model reads at most."""
        ...

    def encode(self, text: str) -> Encoded:
        """Return the tokens of ``text``, with none added."""
        ...

    def decode(self, tokens: Sequence[int]) -> str:
        """Return the text of ``tokens``."""
        ...

    def prefill(self, tokens: Sequence[int], prefix: Layers | None = None) -> Layers:
        """Return the cache of all ``tokens``.

        Raises:
            InvalidInput: none or more than the window; the prefix is of another shape, or longer.
        """
        ...

    def logits(self, tokens: Sequence[int], prefix: Layers | None = None) -> NDArray[np.float32]:
        """Return the scores of the next token, ``[tokens - prefix.tokens, vocabulary]``.

        Raises:
            InvalidInput: as ``prefill``.
        """
        ...

    def generate(
        self, tokens: Sequence[int], prefix: Layers | None = None, *, most: int = 64
    ) -> Generation:
        """Continue greedily until the end token, or by ``most`` tokens.

        Raises:
            InvalidInput: as ``prefill``.
        """
        ...
