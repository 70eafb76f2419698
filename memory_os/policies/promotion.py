"""Promotion and demotion: when a text is worth a prefix cache or an adapter, and when no longer.

Break-even, in seconds measured on the device, with ``s`` counting prefix uses only::

    gain Δg = t_prefill(n) − t_load(bytes) − t_check
    cost C  = t_build + ρ · bytes · T         λ = s · ln2 / h
    μ       = (edits + ½) / (age + 1)         T = min(days to expiry, 1 / μ)
    promote iff Δg > 0 and λ · T · Δg ≥ margin · C            N* = C / Δg

Nothing is promoted without a calibration of the device.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from memory_os.domain.lifecycle import State
from memory_os.domain.vocabulary import Sensitivity, Trust
from memory_os.policies.policy_set import ToActivation, ToParametric
from memory_os.policies.verdict import Action, Input, Verdict

POLICY = "promotion@1"

SECONDS = 86_400.0
UNTRAINABLE = frozenset({"pii", "phi", "pci", "secret", "no_train"})


@dataclass(frozen=True, slots=True)
class Calibration:
    """What was measured on the device for a prefix of this length, in seconds."""

    prefill: float
    load: float
    check: float
    build: float
    bytes: int

    @property
    def gain(self) -> float:
        """Return the seconds that one use of the cache saves."""
        return self.prefill - self.load - self.check


@dataclass(frozen=True, slots=True)
class Prefix:
    """A text and how it is used as a prefix.

    ``strength`` counts prefix uses only; ``first_share`` is in how many of them the text came
    first. ``expires_in`` is the days until it expires, nothing for never.
    """

    state: State
    trust: Trust
    strength: float
    edits: int
    age_days: float
    unchanged_hours: float
    first_share: float
    expires_in: float | None = None


@dataclass(frozen=True, slots=True)
class Balance:
    """Both sides of the break-even; ``uses_to_pay`` is N*."""

    gain: float
    cost: float
    uses_a_day: float
    days: float
    uses_to_pay: float

    @property
    def saved(self) -> float:
        """Return the seconds that the cache saves while it lives."""
        return self.uses_a_day * self.days * self.gain

    def inputs(self) -> dict[str, Input]:
        """Return the numbers for a verdict."""
        return {
            "gain": self.gain,
            "cost": self.cost,
            "uses_a_day": self.uses_a_day,
            "days": self.days,
            "saved": self.saved,
            "uses_to_pay": self.uses_to_pay,
        }


def balance(prefix: Prefix, measured: Calibration, settings: ToActivation) -> Balance:
    """Return what a prefix cache costs and gains."""
    changes_a_day = (prefix.edits + 0.5) / (prefix.age_days + 1.0)
    days = 1.0 / changes_a_day
    if prefix.expires_in is not None:
        days = min(days, max(0.0, prefix.expires_in))
    storage = settings.byte_seconds_cost * measured.bytes * days * SECONDS
    cost = measured.build + storage
    rate = prefix.strength * math.log(2.0) / settings.half_life_days
    gain = measured.gain
    return Balance(gain, cost, rate, days, cost / gain if gain > 0 else math.inf)


def judge_activation(
    prefix: Prefix, measured: Calibration | None, settings: ToActivation
) -> Verdict:
    """Decide whether a text gets a prefix cache."""
    if measured is None:
        return Verdict(Action.KEEP, "no_calibration")
    found = balance(prefix, measured, settings)
    checks = (
        (prefix.state is not State.ACTIVATED, "not_activated"),
        (prefix.unchanged_hours < settings.stable_hours, "changed_lately"),
        (prefix.trust < settings.trust, "low_trust"),
        (prefix.first_share < settings.first_share, "not_first_in_prompt"),
        (found.gain <= 0, "no_gain"),
        (found.saved < settings.margin * found.cost, "does_not_pay"),
    )
    reason = next((why for fails, why in checks if fails), "pays")
    action = Action.PROMOTE if reason == "pays" else Action.KEEP
    return Verdict(action, reason, found.inputs())


def judge_drop(
    prefix: Prefix,
    measured: Calibration | None,
    settings: ToActivation,
    *,
    source_changed: bool = False,
    check_passed: bool = True,
) -> Verdict:
    """Decide whether a prefix cache is dropped; its sources take its place."""
    if source_changed:
        return Verdict(Action.DEMOTE, "source_changed")
    if not check_passed:
        return Verdict(Action.DEMOTE, "check_failed")
    if measured is None:
        return Verdict(Action.DEMOTE, "no_calibration")
    found = balance(prefix, measured, settings)
    if found.saved < found.cost:
        return Verdict(Action.DEMOTE, "does_not_pay", found.inputs())
    return Verdict(Action.KEEP, "pays", found.inputs())


@dataclass(frozen=True, slots=True)
class Contributor:
    """A text that would be trained on; ``may_train`` is the caller's right to it."""

    trust: Trust
    unchanged_days: float
    sensitivity: Sensitivity = Sensitivity.INTERNAL
    compliance: tuple[str, ...] = ()
    may_train: bool = False


@dataclass(frozen=True, slots=True)
class Trial:
    """What a trained adapter showed: gain's lower bound, drift from the base, forgetting."""

    gain_lower: float
    divergence: float
    forgetting: float
    canary_clean: bool
    detach_tested: bool


def judge_training(contributors: Sequence[Contributor], settings: ToParametric) -> Verdict:
    """Decide whether texts may be trained into an adapter at all."""
    inputs: dict[str, Input] = {"contributors": len(contributors), "needed": settings.contributors}
    checks = (
        (len(contributors) < settings.contributors, "too_few_contributors"),
        (any(c.unchanged_days < settings.stable_days for c in contributors), "changed_lately"),
        (any(c.trust < settings.trust for c in contributors), "low_trust"),
        (any(UNTRAINABLE & set(c.compliance) for c in contributors), "not_to_be_trained_on"),
        (any(c.sensitivity is Sensitivity.RESTRICTED for c in contributors), "restricted"),
        (any(not c.may_train for c in contributors), "no_right_to_train"),
    )
    reason = next((why for fails, why in checks if fails), "may_train")
    action = Action.PROMOTE if reason == "may_train" else Action.KEEP
    return Verdict(action, reason, inputs)


def judge_adapter(trial: Trial | None, settings: ToParametric) -> Verdict:
    """Decide whether a trained adapter may be attached; a refusal keeps its numbers."""
    if trial is None:
        return Verdict(Action.KEEP, "no_calibration")
    inputs: dict[str, Input] = {
        "gain_lower": trial.gain_lower,
        "divergence": trial.divergence,
        "forgetting": trial.forgetting,
    }
    checks = (
        (trial.gain_lower <= 0, "no_gain"),
        (trial.divergence > settings.max_divergence, "drifts"),
        (trial.forgetting > settings.max_forgetting, "forgets"),
        (not trial.canary_clean, "canary_found"),
        (not trial.detach_tested, "detach_untested"),
    )
    reason = next((why for fails, why in checks if fails), "gate_passed")
    action = Action.PROMOTE if reason == "gate_passed" else Action.KEEP
    return Verdict(action, reason, inputs)


def judge_detach(
    idle_days: float,
    settings: ToParametric,
    *,
    base_changed: bool = False,
    check_passed: bool = True,
    stale_contributor: bool = False,
) -> Verdict:
    """Decide whether an adapter is detached; its contributors are restored."""
    checks = (
        (base_changed, "base_changed"),
        (not check_passed, "check_failed"),
        (stale_contributor, "contributor_changed"),
        (idle_days >= settings.idle_days, "idle"),
    )
    reason = next((why for holds, why in checks if holds), "in_use")
    action = Action.KEEP if reason == "in_use" else Action.DEMOTE
    return Verdict(action, reason, {"idle_days": idle_days})
