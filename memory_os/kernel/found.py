"""A ranked chunk together with the cube it is of."""

from dataclasses import dataclass, replace

from memory_os.domain.cube import Cube
from memory_os.domain.hit import Ranked


@dataclass(frozen=True, slots=True)
class Found:
    """A ranked chunk with its cube and the span of the passage in the cube's text.

    ``said`` is the passage with placeholders, where the caller may not see it whole.
    """

    ranked: Ranked
    cube: Cube
    span: tuple[int, int]
    heading: str
    said: str | None = None

    @property
    def passage(self) -> str:
        """Return the text that matched."""
        return self.cube.text[slice(*self.span)] if self.said is None else self.said

    def rescored(self, score: float) -> "Found":
        """Return the same hit with another score."""
        return replace(self, ranked=replace(self.ranked, score=score))
