"""Port: the journal as auditors read it, and the signed heads that are kept of it."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from memory_os.domain.audit import Head, Line, Sighting
from memory_os.domain.journal import Entry


@dataclass(frozen=True, slots=True)
class Whole:
    """A journal at one moment: where it ends by its own account, its heads, its entries."""

    last: tuple[int, str] | None
    heads: list[Head]
    lines: Iterator[Line]


class AuditStore(Protocol):
    """Read journals as they lie, damaged or not, and keep signed heads. Safe to share by threads.

    Heads are kept twice: beside the journal, and in a place apart that only grows, where the
    store has one.
    """

    def sightings(self, tenant_id: str, wanted: Sighting, after: int, limit: int) -> list[Entry]:
        """Return the entries above ``after`` that are wanted, in order.

        Raises:
            StoreCorrupt: one of them cannot be read.
        """
        ...

    def whole(self, tenant_id: str) -> AbstractContextManager[Whole]:
        """Hold the journal as it lies at one moment, damaged or not."""
        ...

    def last(self, tenant_id: str) -> tuple[int, str] | None:
        """Return where the journal ends: the number and the hash of its last entry."""
        ...

    def written(self) -> list[str]:
        """Return the tenants that this object wrote for since their heads were last kept."""
        ...

    def keep_head(self, head: Head) -> bool:
        """Keep a signed head in both places; a second one at the same entry changes nothing.

        False, and nothing is kept, if it does not follow the last one that is kept by now.
        """
        ...

    def signed(self, tenant_id: str) -> list[Head]:
        """Return the heads of both places together, by entry.

        Raises:
            StoreCorrupt: a line of those apart cannot be read.
        """
        ...

    def heads(self, tenant_id: str, *, settled: bool = False) -> list[Head]:
        """Return the heads that lie beside the journal, by entry.

        ``settled`` waits for whoever is keeping one at this moment, where that can be waited for.
        """
        ...

    def heads_apart(self, tenant_id: str) -> list[Head] | None:
        """Return the heads kept apart, in the order they were added; nothing without a place.

        Raises:
            StoreCorrupt: a line of them cannot be read.
        """
        ...
