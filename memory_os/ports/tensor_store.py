"""Port: which memory holds which blobs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

HALF_LIFE_DAYS = 7.0


@dataclass(frozen=True, slots=True)
class Held:
    """A chunk of a cache, under its chained hash, in the memory that holds it."""

    chain: str
    cube_id: str
    version: int
    position: int


@dataclass(frozen=True, slots=True)
class Demand:
    """How often prompts began with a prefix: in all, and with each use halved every seven days."""

    uses: int = 0
    strength: float = 0.0
    at: datetime | None = None

    def left(self, now: datetime) -> float:
        """Return the strength that is left."""
        if self.at is None:
            return 0.0
        days = max(0.0, (now - self.at) / timedelta(days=1))
        return float(self.strength * 2.0 ** (-days / HALF_LIFE_DAYS))

    def after(self, uses: int, now: datetime) -> "Demand":
        """Return the demand with so many uses more."""
        return Demand(self.uses + uses, self.left(now) + uses, now)


class TensorStore(Protocol):
    """Look up what writes of cubes have recorded of their blobs, in the transaction of each.

    A cache's chunks are there while its head holds tensors: not after it was archived, deleted, or
    expired, which drops them. An adapter's file is there for every version until it is erased.
    """

    def holding(self, tenant_id: str, chains: Sequence[str]) -> list[Held]:
        """Return who holds these chunks, those furthest from position 0 first."""
        ...

    def named(self, tenant_id: str, paths: Sequence[str]) -> set[str]:
        """Return which of these blobs a memory holds."""
        ...

    def paths(self, tenant_id: str, cube_ids: Sequence[str]) -> list[str]:
        """Return the blobs that these memories hold."""
        ...

    def use(self, tenant_id: str, uses: Mapping[str, int], at: datetime) -> None:
        """Count that prompts began with these prefixes, under the hash of their last chunk."""
        ...

    def demand(self, tenant_id: str, chain: str) -> Demand:
        """Return how often prompts began with a prefix."""
        ...

    def forget_demand(self, tenant_id: str) -> None:
        """Forget how often prompts of a tenant began with anything."""
        ...
