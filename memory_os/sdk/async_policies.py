"""The asynchronous twin of the SDK's policies."""

from collections.abc import Iterable
from typing import Unpack

from memory_os.domain.operations.policies import (
    FeedbackResult,
    LifecycleRunResult,
    PolicyList,
    PolicyRecord,
    SimulationResult,
)
from memory_os.sdk.options import PolicySetOptions, SimulationOptions, SweepOptions
from memory_os.sdk.policies import PolicyCalls, Settings
from memory_os.sdk.threads import in_thread


class AsyncPolicyCalls:
    """The part of ``AsyncMemory`` that is about policies and use; see ``PolicyCalls``."""

    def __init__(self, memory: PolicyCalls) -> None:
        self._aging = memory

    async def feedback(self, memory_id: str, signal: str, *, reason: str = "") -> FeedbackResult:
        """Say what a memory was good for; see ``Memory.feedback``."""
        return await in_thread(self._aging.feedback, memory_id, signal, reason=reason)

    async def policies(self) -> PolicyList:
        """Return the policy sets; see ``Memory.policies``."""
        return await in_thread(self._aging.policies)

    async def policy(self, name: str, *, version: int | None = None) -> PolicyRecord:
        """Return a policy set; see ``Memory.policy``."""
        return await in_thread(self._aging.policy, name, version=version)

    async def set_policy(
        self, name: str, settings: Settings | None = None, **options: Unpack[PolicySetOptions]
    ) -> PolicyRecord:
        """Set a policy set; see ``Memory.set_policy``."""
        return await in_thread(self._aging.set_policy, name, settings, **options)

    async def simulate_policy(
        self,
        name: str = "default",
        settings: Settings | None = None,
        **options: Unpack[SimulationOptions],
    ) -> SimulationResult:
        """Play synthetic use; see ``Memory.simulate_policy``."""
        return await in_thread(self._aging.simulate_policy, name, settings, **options)

    async def run_policies(
        self, policies: Iterable[str] | None = None, **options: Unpack[SweepOptions]
    ) -> LifecycleRunResult:
        """Carry policies out; see ``Memory.run_policies``."""
        return await in_thread(self._aging.run_policies, policies, **options)
