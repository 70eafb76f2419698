"""Archive: which memories leave default recall because nobody uses them or they hold no longer."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from memory_os.domain.lifecycle import RECALLED, State
from memory_os.policies.decay import Trace
from memory_os.policies.policy_set import Archive
from memory_os.policies.verdict import Action, Verdict

POLICY = "archive@1"


@dataclass(frozen=True, slots=True)
class Facts:
    """What the policy looks at in one memory; ``decays`` is whether disuse counts at all."""

    state: State
    trace: Trace
    valid_to: datetime | None = None
    pinned: bool = False
    decays: bool = True


def judge(facts: Facts, now: datetime, settings: Archive) -> Verdict:
    """Decide for one memory."""
    sigma = facts.trace.sigma(now)
    over = facts.valid_to
    inputs = {
        "sigma": round(sigma, 6),
        "below": settings.below,
        "valid_to": None if over is None else over.isoformat(),
    }
    if facts.state not in RECALLED:
        return Verdict(Action.KEEP, "not_in_recall", inputs)
    if facts.pinned:
        return Verdict(Action.KEEP, "pinned", inputs)
    if over is not None and over + timedelta(days=settings.after_valid_days) <= now:
        return Verdict(Action.ARCHIVE, "no_longer_valid", inputs)
    if facts.decays and sigma < settings.below:
        return Verdict(Action.ARCHIVE, "faded", inputs)
    return Verdict(Action.KEEP, "in_place", inputs)
