"""Triggers: which changes of a memory call for work."""

from datetime import datetime

from memory_os.policies.decay import Trace
from memory_os.policies.policy_set import Activation


def activates(before: Trace, after: Trace, now: datetime, settings: Activation) -> bool:
    """Tell whether use has just lifted a memory's strength to where it is activated."""
    return before.sigma(now) < settings.at <= after.sigma(now)
