"""Simulating a policy set, stored or not, for any principal."""

from memory_os.domain.access import Principal
from memory_os.domain.operations.policies import SimulationRequest, SimulationResult
from memory_os.kernel.policies import Policies
from memory_os.policies.drawing import drawn
from memory_os.policies.policy_set import policy_set
from memory_os.policies.simulation import simulate


class Simulating:
    """Play synthetic use against policy sets; nothing stored is read but the set."""

    def __init__(self, policies: Policies) -> None:
        self._policies = policies

    def simulate(
        self, principal: Principal, name: str, request: SimulationRequest
    ) -> SimulationResult:
        """Return what the set of this name, or the given settings under it, would do.

        Raises:
            AccessDenied; NotFound: there is no such set; InvalidInput: a setting is wrong.
        """
        version = 0
        if request.settings is None:
            record = self._policies.policy(principal, name)
            version, settings = record.version, policy_set(record.settings)
        else:
            settings = policy_set(request.settings)
        told = simulate(settings, request.days, request.daily, request.seed)
        return SimulationResult(
            name=name,
            version=version,
            days=request.days,
            seed=request.seed,
            results=tuple(told),
            svg=drawn(told, name) if request.plot else None,
        )
