"""Who counts the use of what a read shows; on a branch nobody does."""

from collections.abc import Iterable
from typing import Protocol

from memory_os.domain.cube import Cube
from memory_os.policies.decay import Use


class Counting(Protocol):
    """Count uses; ``kernel.using`` does it for main."""

    def settle_due(self, tenant_id: str) -> None:
        """Write what waits, if it is time."""
        ...

    def count(self, tenant_id: str, cubes: Iterable[Cube], use: Use) -> None:
        """Count one use of each cube."""
        ...

    def renewed(self, tenant_id: str, cubes: Iterable[Cube]) -> None:
        """Note that these were found, for those whose time to live a use starts anew."""
        ...


class Uncounted:
    """Count nothing: what is read on a branch keeps no memory of main alive."""

    def settle_due(self, tenant_id: str) -> None:
        """Do nothing."""

    def count(self, tenant_id: str, cubes: Iterable[Cube], use: Use) -> None:
        """Do nothing."""

    def renewed(self, tenant_id: str, cubes: Iterable[Cube]) -> None:
        """Do nothing."""
