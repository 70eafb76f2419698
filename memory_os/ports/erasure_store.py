"""Port: erasing rows for good, and what is kept of an erasure."""

from collections.abc import Sequence
from typing import Protocol

from memory_os.domain.erasure import Edge, Erasure, Named, Removal, Tombstone


class ErasureStore(Protocol):
    """Remove rows beside the cubes and keep erasures, tombstones and derivations.

    An erasure begins with a ``Keep`` among the ops of a ``Write``.
    """

    def derived(self, tenant_id: str, ids: Sequence[str]) -> list[Edge]:
        """Return the derivations whose parent is one of these memories, those of one id apart."""
        ...

    def made_of(self, tenant_id: str, ids: Sequence[str]) -> list[Edge]:
        """Return the derivations whose child is one of these memories."""
        ...

    def naming(self, tenant_id: str, subject: str) -> list[str]:
        """Return the ids of facts, any version of which has this subject, whatever the case."""
        ...

    def kept(self, tenant_id: str, erasure_id: str) -> Erasure | None:
        """Return an erasure."""
        ...

    def pending(self, tenant_id: str | None = None) -> list[Erasure]:
        """Return the erasures that are not complete, of one tenant or of all, oldest first."""
        ...

    def keep(self, erasure: Erasure) -> None:
        """Replace a stored erasure; its stage never goes back."""
        ...

    def remove(self, removal: Removal) -> Erasure:
        """Delete every row of the erasure's memories, in one transaction with their tombstones.

        Gone are cubes, versions, passages, past states, derivations, index work, idempotency
        records and jobs that name them, and the reasons of journal entries about them. The
        erasure comes back with counts, time and place in the journal; one whose rows went before
        comes back as it is stored.
        """
        ...

    def tombstone(self, tenant_id: str, cube_id: str) -> Tombstone | None:
        """Return what is left of an erased memory."""
        ...

    def left(self, tenant_id: str, ids: Sequence[str]) -> dict[str, int]:
        """Return how many rows still hold something of these memories, by table, without zeros."""
        ...

    def named(self, tenant_id: str) -> list[Named]:
        """Return the quotas, snapshots and branches that have a user's id."""
        ...

    def said_of(self, tenant_id: str, mark: str, upto: int) -> list[int]:
        """Return the journal entries up to ``upto`` that have this target, and still a reason."""
        ...

    def scrub(self) -> list[str]:
        """Make the engine let go of what was deleted, and return what keeps it from that.

        The write-ahead log is emptied; free pages hold nothing; statistics hold no values.
        """
        ...
