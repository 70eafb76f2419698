"""Port: text to vectors."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class Embedder(Protocol):
    """Embed texts. ``fingerprint`` changes whenever the same text would get another vector."""

    @property
    def name(self) -> str:
        """Return the model's name, for people."""
        ...

    @property
    def dimensions(self) -> int:
        """Return the length of every vector."""
        ...

    @property
    def fingerprint(self) -> str:
        """Return a digest that identifies model and settings."""
        ...

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return ``len(texts) x dimensions`` rows of length one, or zero where nothing is known.

        Raises:
            ModelFailed: the model raised or answered with another shape.
        """
        ...
