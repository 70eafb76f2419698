"""Port: named moments."""

from datetime import datetime
from typing import Protocol

from memory_os.domain.journal import Note
from memory_os.domain.past import Snapshot
from memory_os.domain.scope import Scope


class SnapshotStore(Protocol):
    """Keep snapshots beside the cubes; a name is one scope's."""

    def add_snapshot(self, snapshot: Snapshot, note: Note) -> Snapshot:
        """Store a snapshot and return it with the place at which the tenant's journal stood.

        ``note`` is journalled after that place, in the same transaction. It takes the same
        time however much memory there is.

        Raises:
            AlreadyExists: the scope has one of this name.
        """
        ...

    def list_snapshots(self, tenant_id: str, name: str | None = None) -> list[Snapshot]:
        """Return the tenant's snapshots, or those of one name, oldest first."""
        ...

    def drop_snapshot(
        self, tenant_id: str, scope: Scope, name: str, at: datetime, note: Note
    ) -> bool:
        """Forget a snapshot and journal ``note``; false, and nothing journalled,
        if exactly this scope has none of this name.
        """
        ...
