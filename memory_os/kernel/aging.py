"""Aging: policy sets, counting use, sweeps and simulations, put together."""

from collections.abc import Callable

from memory_os.domain.access import ROLE_RIGHTS, Principal, PrincipalKind, Role
from memory_os.domain.operations.policies import (
    FeedbackRequest,
    FeedbackResult,
    LifecycleRunRequest,
    LifecycleRunResult,
    PolicyList,
    PolicyRecord,
    PolicySetRequest,
    SimulationRequest,
    SimulationResult,
)
from memory_os.kernel.expiring import ACTOR
from memory_os.kernel.indexing import Indexing
from memory_os.kernel.parts import Parts
from memory_os.kernel.policies import Policies
from memory_os.kernel.retrying import Turns
from memory_os.kernel.simulating import Simulating
from memory_os.kernel.sweeping import Sweeping
from memory_os.kernel.using import Using


class Aging:
    """How memories age by use and policy, for any principal."""

    def __init__(self, parts: Parts, indexing: Indexing, turns: Turns) -> None:
        self.policies = Policies(parts, turns)
        self.using = Using(parts, indexing, turns, self.policies)
        self.sweeping = Sweeping(parts, indexing, turns, self.policies, self.using)
        self.simulating = Simulating(self.policies)

    def sweep_all(self, tenant_id: str) -> LifecycleRunResult:
        """Carry every policy out over a tenant, as the platform: what a scheduler calls.

        Raises:
            StoreError.
        """
        rights = ROLE_RIGHTS[Role.ADMIN]
        platform = Principal(tenant_id, ACTOR, PrincipalKind.OPERATOR, rights=rights)
        return self.sweeping.run(platform, LifecycleRunRequest())


class AgingConnector:
    """The part of the connector port about policies and use, for whoever ``caller`` says
    calls.
    """

    def __init__(self, aging: Aging, caller: Callable[[], Principal]) -> None:
        self._aging = aging
        self._keeper = caller

    def policies(self) -> PolicyList:
        """Return the newest version of each policy set."""
        return self._aging.policies.policies(self._keeper())

    def policy(self, name: str, version: int | None = None) -> PolicyRecord:
        """Return a policy set, or one version of it."""
        return self._aging.policies.policy(self._keeper(), name, version)

    def set_policy(self, name: str, request: PolicySetRequest) -> PolicyRecord:
        """Store the next version of a policy set."""
        return self._aging.policies.set_policy(self._keeper(), name, request)

    def simulate(self, name: str, request: SimulationRequest) -> SimulationResult:
        """Play synthetic use against a policy set."""
        return self._aging.simulating.simulate(self._keeper(), name, request)

    def feedback(self, memory_id: str, request: FeedbackRequest) -> FeedbackResult:
        """Say what a memory was good for."""
        return self._aging.using.feedback(self._keeper(), memory_id, request)

    def lifecycle_run(self, request: LifecycleRunRequest) -> LifecycleRunResult:
        """Carry policies out over a scope."""
        return self._aging.sweeping.run(self._keeper(), request)
