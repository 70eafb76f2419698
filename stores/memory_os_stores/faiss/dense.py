"""The dense engine as a reader holds it: the best visible chunks by cosine."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from memory_os_stores.columns import best
from memory_os_stores.faiss.rows import Floats, Rows, Slots


@dataclass(frozen=True, slots=True)
class Dense:
    """Vectors by slot."""

    rows: Rows

    def rank(
        self, query: Floats, mask: NDArray[np.bool_] | None, slots: Slots, limit: int
    ) -> tuple[Slots, Floats]:
        """Return the slots with the highest cosines, best first, and the cosines."""
        if mask is None:
            scores = self.rows.all_products(query, 0, self.rows.size)
            chosen = best(scores, limit)
            return chosen, scores[chosen]
        scores = self.rows.products(query, slots)
        places = best(scores, limit)
        return slots[places], scores[places]
