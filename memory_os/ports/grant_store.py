"""Port: the grants of a tenant."""

from typing import Protocol

from memory_os.domain.grants import Grant


class GrantStore(Protocol):
    """Read grants. They are written by ``CubeStore.write``, in one transaction with the journal."""

    def changed(self, tenant_id: str) -> int:
        """Return the number of the journal entry that last changed a grant, 0 for none.

        It takes the same time however many grants and memories there are.
        """
        ...

    def list_grants(self, tenant_id: str) -> list[Grant]:
        """Return every grant of the tenant, oldest first, revoked and past ones too."""
        ...
