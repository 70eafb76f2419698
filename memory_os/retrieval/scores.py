"""A score that remembers what it is made of."""

from collections.abc import Mapping
from dataclasses import dataclass

from memory_os.ports.recall_index import Floats


@dataclass(frozen=True, slots=True)
class Scores:
    """One score for each candidate; ``parts`` add up to ``total``, stage by stage."""

    total: Floats
    parts: Mapping[str, Floats]

    def plus(self, name: str, part: Floats) -> "Scores":
        """Return the scores with one more contribution."""
        return Scores(self.total + part, {**self.parts, name: part})

    def at(self, row: int) -> dict[str, float]:
        """Return each stage's contribution to one candidate, those of nothing left out."""
        return {name: float(part[row]) for name, part in self.parts.items() if part[row]}
