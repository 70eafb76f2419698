"""Whether the cache of a prefix pays: demand counted here, times measured by the caller."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from threading import Lock

from pydantic import ValidationError

from memory_os.activation.identity import chain, root
from memory_os.domain.access import Principal
from memory_os.domain.cube import Cube
from memory_os.domain.lifecycle import Right, State, underlying
from memory_os.domain.operations.activation import (
    CalibrationIn,
    PromotionRequest,
    PromotionVerdict,
)
from memory_os.domain.payload import Activation
from memory_os.domain.vocabulary import Trust
from memory_os.errors import StoreBusy, StoreFull, StoreReadOnly
from memory_os.governance.guard import admit, bound_scope
from memory_os.kernel.parts import Parts
from memory_os.kernel.policies import Policies
from memory_os.kernel.sourcing import sources_now
from memory_os.policies.promotion import POLICY, Calibration, Prefix, judge_activation, judge_drop
from memory_os.policies.verdict import Action, Verdict

_DAY = timedelta(days=1)
_TOGETHER = 100
KEPT_UNDER = "promotion"
"""The key of a cache's metadata under which the numbers of its promotion are kept."""


class Wanting:
    """Count what prompts begin with, some together a write. Safe to call from many threads."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._lock = Lock()
        self._waiting: dict[str, dict[str, int]] = {}
        self._until = parts.clock.now()

    def count(self, tenant_id: str, hashes: Sequence[str]) -> None:
        """Note that a prompt began with these chunks; write when due."""
        now = self._parts.clock.now()
        with self._lock:
            mine = self._waiting.setdefault(tenant_id, {})
            mine[hashes[-1]] = mine.get(hashes[-1], 0) + 1
            due = len(mine) >= _TOGETHER or self._until <= now
        if due:
            self.flush()

    def flush(self) -> None:
        """Write what waits; while the store takes no writes, it waits on."""
        with self._lock:
            waiting, self._waiting = self._waiting, {}
            self._until = self._parts.clock.now() + self._parts.rules.uses_within
        for tenant_id, uses in waiting.items():
            try:
                self._parts.tensors.use(tenant_id, uses, self._parts.clock.now())
            except (StoreBusy, StoreFull, StoreReadOnly):
                with self._lock:
                    mine = self._waiting.setdefault(tenant_id, {})
                    for chain_, more in uses.items():
                        mine[chain_] = mine.get(chain_, 0) + more


class Promoting:
    """Judge prefixes for any principal."""

    def __init__(self, parts: Parts, policies: Policies, wanting: Wanting) -> None:
        self._parts = parts
        self._policies = policies
        self._wanting = wanting

    def judge(self, principal: Principal, request: PromotionRequest) -> PromotionVerdict:
        """Return whether keeping the cache of a prefix pays, and nothing else.

        Raises:
            AccessDenied; NotFound: a source is not there for the caller; VersionConflict: one was
            revised meanwhile.
        """
        access = admit(principal, Right.READ, principal.bindings)
        now, scope = self._parts.clock.now(), bound_scope(principal, request.scope)
        sources = list(sources_now(self._parts, access, request.sources, now).values())
        salt = self._parts.seal.kv_salt(principal.tenant_id)
        hashes = chain(root(request.model, salt), request.tokens)
        self._wanting.flush()
        demand = self._parts.tensors.demand(principal.tenant_id, hashes[-1])
        found = prefix_of(sources, demand.left(now), now)
        settings = self._policies.of(principal.tenant_id, scope.agent_id).promotion.activation
        verdict = judge_activation(found, measured(request.calibration), settings)
        told = {"uses": float(demand.uses), "strength": found.strength, "tokens": len(hashes) * 256}
        told |= {} if request.calibration is None else request.calibration.model_dump()
        return PromotionVerdict(
            promote=verdict.action is Action.PROMOTE,
            reason=verdict.reason,
            policy=POLICY,
            inputs={**told, **verdict.inputs},
        )

    def dropped(self, cube: Cube, sources: Sequence[Cube]) -> Verdict | None:
        """Return whether a kept cache no longer pays; nothing if nobody measured when it was kept.

        It gets as long as it was promised to pay before it is judged by its use: a day.
        """
        told = cube.version.metadata.get(KEPT_UNDER)
        payload, now = cube.payload, self._parts.clock.now()
        if not isinstance(payload, Activation) or now - cube.created_at < _DAY:
            return None
        try:
            calibration = measured(CalibrationIn.model_validate(_calibration(told)))
        except ValidationError:
            return None
        demand = self._parts.tensors.demand(cube.tenant_id, payload.chunks[-1].hash)
        found = prefix_of(sources, demand.left(now), now)
        settings = self._policies.of(cube.tenant_id, cube.scope.agent_id).promotion.activation
        return judge_drop(found, calibration, settings)


def prefix_of(sources: Sequence[Cube], strength: float, now: datetime) -> Prefix:
    """Return what a prefix of these memories is: as steady and as trusted as the least of them.

    It stands first in every prompt, for it is a prefix. One of no memory is a caller's own text.
    """
    states = [underlying(cube.position) for cube in sources]
    ends = [cube.governance.lifespan.expires_at for cube in sources]
    return Prefix(
        state=next((state for state in states if state is not State.ACTIVATED), State.ACTIVATED),
        trust=min((cube.version.trust for cube in sources), default=Trust.STANDARD),
        strength=strength,
        edits=sum(cube.version.number - 1 for cube in sources),
        age_days=max(((now - cube.created_at) / _DAY for cube in sources), default=365.0),
        unchanged_hours=min(
            ((now - cube.version.recorded_at) / timedelta(hours=1) for cube in sources),
            default=365.0 * 24,
        ),
        first_share=1.0,
        expires_in=min((max(0.0, (end - now) / _DAY) for end in ends if end), default=None),
    )


def measured(given: CalibrationIn | None) -> Calibration | None:
    """Return a calibration as policies take it."""
    if given is None:
        return None
    return Calibration(given.prefill, given.load, given.check, given.build, given.bytes)


def _calibration(told: object) -> object:
    names = CalibrationIn.model_fields
    return {n: told[n] for n in names if n in told} if isinstance(told, dict) else None
