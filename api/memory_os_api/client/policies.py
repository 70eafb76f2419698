"""The connector port's part about policies and use, over REST."""

import re

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
from memory_os.errors import NotFound
from memory_os_api.client.time_machine import Way

POLICIES = "/v1/policies"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_ID = re.compile(r"[A-Za-z0-9_-]{1,256}")


class PolicyCalls:
    """Ask a service about policies. Feedback counts once: it is not sent twice by itself."""

    def policies(self: Way) -> PolicyList:
        """Return the newest version of each policy set."""
        return self._open.ask("GET", POLICIES, PolicyList, safe=True, changes=False)

    def policy(self: Way, name: str, version: int | None = None) -> PolicyRecord:
        """Return a policy set, or one version of it."""
        parameters: dict[str, str | list[str]] = {}
        if version is not None:
            parameters["version"] = str(version)
        path = _path(name)
        return self._open.ask(
            "GET", path, PolicyRecord, parameters=parameters, safe=True, changes=False
        )

    def set_policy(self: Way, name: str, request: PolicySetRequest) -> PolicyRecord:
        """Store the next version of a policy set; the same twice stores nothing more."""
        body = request.model_dump(mode="json", exclude_unset=True)
        safe = request.expected_version is None
        return self._open.ask("PUT", _path(name), PolicyRecord, body=body, safe=safe)

    def simulate(self: Way, name: str, request: SimulationRequest) -> SimulationResult:
        """Play synthetic use against a policy set."""
        body = request.model_dump(mode="json", exclude_unset=True)
        path = f"{_path(name)}/simulations"
        return self._open.ask("POST", path, SimulationResult, body=body, safe=True, changes=False)

    def feedback(self: Way, memory_id: str, request: FeedbackRequest) -> FeedbackResult:
        """Say what a memory was good for."""
        if not _ID.fullmatch(memory_id):
            raise NotFound(f"no memory {memory_id!r}", id=memory_id)
        body = request.model_dump(mode="json", exclude_unset=True)
        return self._open.ask("POST", f"/v1/cubes/{memory_id}/feedback", FeedbackResult, body=body)

    def lifecycle_run(self: Way, request: LifecycleRunRequest) -> LifecycleRunResult:
        """Carry policies out over a scope; twice does no more than once."""
        body = request.model_dump(mode="json", exclude_unset=True)
        return self._open.ask("POST", "/v1/lifecycle/runs", LifecycleRunResult, body=body)


def _path(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise NotFound(f"no policy set {name[:100]!r}; list those there are", name=name)
    return f"{POLICIES}/{name}"
