"""Port: which memory holds which blobs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Held:
    """A chunk of a cache, under its chained hash, in the memory that holds it."""

    chain: str
    cube_id: str
    version: int
    position: int


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
