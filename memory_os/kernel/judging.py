"""What each policy wants done with a memory as it stands now."""

from datetime import datetime

from memory_os.domain.cube import Cube
from memory_os.domain.lifecycle import RECALLED, State
from memory_os.domain.operations.policies import Policy
from memory_os.kernel.expiring import overdue
from memory_os.policies import activation, archive, ttl
from memory_os.policies.decay import trace_of
from memory_os.policies.policy_set import PolicySet
from memory_os.policies.verdict import Action, Verdict

_GONE = Verdict(Action.KEEP, "gone")


def judged(policy: Policy, cube: Cube, settings: PolicySet, now: datetime) -> Verdict:
    """Return the verdict of one policy; one whose time is over is left to the time to live."""
    governance = cube.governance
    if policy is Policy.TTL:
        settled = governance.state in (State.EXPIRED, State.ERASED)
        return _GONE if settled else ttl.judge(governance.lifespan, now)
    if overdue(cube, now) or governance.state not in RECALLED:
        return _GONE
    trace = trace_of(cube.usage, cube.created_at)
    if policy is Policy.DECAY:
        held = governance.pinned or not governance.lifespan.decay
        return activation.judge(governance.state, trace, now, settings.activation, held=held)
    facts = archive.Facts(
        state=governance.state,
        trace=trace,
        valid_to=cube.version.valid_to,
        pinned=governance.pinned,
        decays=governance.lifespan.decay,
    )
    return archive.judge(facts, now, settings.archive)
