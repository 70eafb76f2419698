"""Activation: which memories recall prefers, by how strong they are."""

from datetime import datetime

from memory_os.domain.lifecycle import State
from memory_os.policies.decay import Trace
from memory_os.policies.policy_set import Activation
from memory_os.policies.verdict import Action, Verdict

POLICY = "activation@1"


def judge(
    state: State, trace: Trace, now: datetime, settings: Activation, *, held: bool = False
) -> Verdict:
    """Decide for one memory; ``held`` (pinned, or without decay) is never deactivated."""
    sigma = trace.sigma(now)
    inputs = {"sigma": round(sigma, 6), "at": settings.at, "below": settings.below}
    if state is State.GENERATED and sigma >= settings.at:
        return Verdict(Action.ACTIVATE, "strong", inputs)
    if state is State.ACTIVATED and sigma < settings.below and not held:
        return Verdict(Action.DEACTIVATE, "weak", inputs)
    return Verdict(Action.KEEP, "in_place", inputs)
