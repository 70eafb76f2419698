"""The SDK's policies: what was useful, policy sets, sweeps and simulations."""

from collections.abc import Iterable, Mapping
from typing import Any, Unpack

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
from memory_os.ports.connector import Connector
from memory_os.sdk.options import PolicySetOptions, SimulationOptions, SweepOptions
from memory_os.sdk.requests import build

Settings = Mapping[str, Any] | str


class PolicyCalls:
    """The part of ``Memory`` that is about policies and use.

    Settings are a mapping, or TOML or JSON text; what they leave out has its default.
    """

    connector: Connector

    def feedback(self, memory_id: str, signal: str, *, reason: str = "") -> FeedbackResult:
        """Say that a memory was ``cited``, ``confirmed`` or ``unhelpful``.

        It strengthens or weakens the memory, as the policy set of its agent says, and is durable
        when the call returns.

        Raises:
            InvalidInput, AccessDenied; NotFound: unknown, foreign, deleted or expired.
        """
        fields = {"signal": signal, "reason": reason}
        return self.connector.feedback(memory_id, build(FeedbackRequest, fields))

    def policies(self) -> PolicyList:
        """Return the newest version of each policy set; ``default`` is there without being set."""
        return self.connector.policies()

    def policy(self, name: str, *, version: int | None = None) -> PolicyRecord:
        """Return a policy set with every setting spelled out, as it is or at a version.

        Raises:
            NotFound: there is none of this name or version.
        """
        return self.connector.policy(name, version)

    def set_policy(
        self, name: str, settings: Settings | None = None, **options: Unpack[PolicySetOptions]
    ) -> PolicyRecord:
        """Set a policy set, or with ``agents`` whom it is for; it holds from the next call on.

        The set ``default`` is for every agent that no other set names. ``dry_run`` only checks.

        Raises:
            InvalidInput: a setting is wrong, the message names it; VersionConflict:
                ``expected_version`` is not the newest; AccessDenied.
        """
        fields: dict[str, Any] = dict(options)
        if settings is not None:
            fields["settings"] = settings
        return self.connector.set_policy(name, build(PolicySetRequest, fields))

    def simulate_policy(
        self,
        name: str = "default",
        settings: Settings | None = None,
        **options: Unpack[SimulationOptions],
    ) -> SimulationResult:
        """Play synthetic use against a stored policy set, or against ``settings``.

        No memory is touched. The same seed gives the same days.

        Raises:
            NotFound: no such set; InvalidInput: a setting is wrong.
        """
        fields: dict[str, Any] = dict(options)
        if settings is not None:
            fields["settings"] = settings
        return self.connector.simulate(name, build(SimulationRequest, fields))

    def run_policies(
        self, policies: Iterable[str] | None = None, **options: Unpack[SweepOptions]
    ) -> LifecycleRunResult:
        """Carry ``ttl``, ``archive``, ``decay`` and ``evict`` out over a scope, or some of them.

        Without scope ids over everything the caller may change. Each move is one of the lifecycle
        and in the journal with the policy set that asked for it; ``dry_run`` only lists them.

        Raises:
            InvalidInput, AccessDenied, StoreError.
        """
        fields: dict[str, Any] = dict(options)
        if policies is not None:
            fields["policies"] = (policies,) if isinstance(policies, str) else tuple(policies)
        return self.connector.lifecycle_run(build(LifecycleRunRequest, fields))
