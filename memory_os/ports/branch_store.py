"""Port: branches, and which cubes they keep rows for."""

from typing import Protocol

from memory_os.domain.branch import Branch, Overlaid
from memory_os.domain.journal import Note


class BranchStore(Protocol):
    """Keep branches beside the cubes; a name is one scope's. ``DropBranch`` forgets one."""

    def add_branch(self, branch: Branch, note: Note) -> Branch:
        """Store a branch, journal ``note`` in the same transaction, and return the branch.

        It takes the same time however much memory there is.

        Raises:
            AlreadyExists: the scope has one of this name.
        """
        ...

    def list_branches(self, tenant_id: str, name: str | None = None) -> list[Branch]:
        """Return the tenant's branches, or those of one name, oldest first."""
        ...

    def overlaid(self, tenant_id: str, branch_id: str) -> dict[str, Overlaid]:
        """Return the cubes that a branch keeps a row for, by the id that readers know."""
        ...
