"""Floor: what most memory services do, the cosine of one vector an item."""

import numpy as np
from numpy.typing import NDArray

from memory_os.ports.embedder import Embedder
from memory_os_evals.arms.port import Ask
from memory_os_evals.shape import Bank


class DenseArm:
    """Rank all items by the cosine between their line and the question, exactly."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._banks: dict[str, tuple[Bank, NDArray[np.float32]]] = {}

    def remember(self, bank: Bank) -> None:
        """Embed every line of the bank."""
        vectors = self._embedder.embed([item.line() for item in bank.items])
        self._banks[bank.id] = (bank, vectors)

    def recall(self, ask: Ask) -> list[str]:
        """Return all items, best first; ties keep the order of the bank."""
        bank, vectors = self._banks[ask.bank]
        cosines = vectors @ self._embedder.embed([ask.text])[0]
        return [bank.items[place].id for place in np.argsort(-cosines, kind="stable")]

    def close(self) -> None:
        """Hold nothing to release."""
