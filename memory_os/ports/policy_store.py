"""Port: policy sets, every version of them. ``CubeStore.write`` stores them."""

from typing import Protocol

from memory_os.domain.policies import KeptPolicies


class PolicyStore(Protocol):
    """Read the policy sets of a tenant. Safe to call from many threads."""

    def policy_changes(self, tenant_id: str) -> int:
        """Return how often a set of the tenant was changed: what was read at the same number holds.

        It costs no more than reading a row.
        """
        ...

    def policies(self, tenant_id: str) -> list[KeptPolicies]:
        """Return the newest version of each set by name, with the agents it is for now."""
        ...

    def policy_version(self, tenant_id: str, name: str, version: int) -> KeptPolicies | None:
        """Return one version of a set, with the agents it was set for, if it was ever stored."""
        ...
