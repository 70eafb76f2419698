"""Port: named moments."""

from typing import Protocol

from memory_os.domain.past import Snapshot
from memory_os.domain.scope import Scope


class SnapshotStore(Protocol):
    """Keep snapshots beside the cubes; a name is one scope's."""

    def add_snapshot(self, snapshot: Snapshot) -> Snapshot:
        """Store a snapshot and return it with the place at which the tenant's journal stands.

        It takes the same time however much memory there is.

        Raises:
            AlreadyExists: the scope has one of this name.
        """
        ...

    def list_snapshots(self, tenant_id: str, name: str | None = None) -> list[Snapshot]:
        """Return the tenant's snapshots, or those of one name, oldest first."""
        ...

    def drop_snapshot(self, tenant_id: str, scope: Scope, name: str) -> bool:
        """Forget a snapshot; false if exactly this scope has none of this name."""
        ...
