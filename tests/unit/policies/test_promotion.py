"""Promotion and demotion: break-even and gates, without any device."""

import math
from dataclasses import replace

import pytest

from memory_os.domain.lifecycle import State
from memory_os.domain.vocabulary import Sensitivity, Trust
from memory_os.policies.policy_set import ToActivation, ToParametric
from memory_os.policies.promotion import (
    Calibration,
    Contributor,
    Prefix,
    Trial,
    balance,
    judge_activation,
    judge_adapter,
    judge_detach,
    judge_drop,
    judge_training,
)
from memory_os.policies.verdict import Action

KV = ToActivation()
MEASURED = Calibration(prefill=2.0, load=0.2, check=0.3, build=2.5, bytes=100_000_000)
PREFIX = Prefix(
    state=State.ACTIVATED,
    trust=Trust.STANDARD,
    strength=20.0,
    edits=0,
    age_days=9.0,
    unchanged_hours=48.0,
    first_share=0.9,
)


def test_the_balance_is_the_documented_one() -> None:
    found = balance(PREFIX, MEASURED, KV)
    days = 10 / 0.5
    cost = 2.5 + 1e-15 * 1e8 * days * 86_400
    assert found.gain == pytest.approx(1.5)
    assert found.days == pytest.approx(days)
    assert found.cost == pytest.approx(cost)
    assert found.uses_a_day == pytest.approx(20 * math.log(2) / 7)
    assert found.uses_to_pay == pytest.approx(cost / 1.5)
    expiring = balance(replace(PREFIX, expires_in=3.0), MEASURED, KV)
    assert expiring.days == 3.0


@pytest.mark.parametrize(
    ("prefix", "measured", "reason"),
    [
        (PREFIX, MEASURED, "pays"),
        (PREFIX, None, "no_calibration"),
        (replace(PREFIX, state=State.GENERATED), MEASURED, "not_activated"),
        (replace(PREFIX, unchanged_hours=23), MEASURED, "changed_lately"),
        (replace(PREFIX, trust=Trust.LOW), MEASURED, "low_trust"),
        (replace(PREFIX, first_share=0.79), MEASURED, "not_first_in_prompt"),
        (PREFIX, replace(MEASURED, prefill=0.4), "no_gain"),
        (replace(PREFIX, strength=0.05), MEASURED, "does_not_pay"),
    ],
)
def test_a_prefix_is_cached_only_where_it_pays(
    prefix: Prefix, measured: Calibration | None, reason: str
) -> None:
    verdict = judge_activation(prefix, measured, KV)
    assert verdict.reason == reason
    assert (verdict.action is Action.PROMOTE) is (reason == "pays")


def test_a_cache_is_dropped_when_its_source_its_check_or_its_use_fails() -> None:
    assert judge_drop(PREFIX, MEASURED, KV).action is Action.KEEP
    assert judge_drop(PREFIX, MEASURED, KV, source_changed=True).reason == "source_changed"
    assert judge_drop(PREFIX, MEASURED, KV, check_passed=False).reason == "check_failed"
    assert judge_drop(PREFIX, None, KV).reason == "no_calibration"
    idle = judge_drop(replace(PREFIX, strength=0.01), MEASURED, KV)
    assert (idle.action, idle.reason) == (Action.DEMOTE, "does_not_pay")
    assert math.isinf(balance(PREFIX, replace(MEASURED, prefill=0.1), KV).uses_to_pay)


LORA = ToParametric()
GOOD = Contributor(Trust.STANDARD, 40.0, may_train=True)


@pytest.mark.parametrize(
    ("odd", "reason"),
    [
        (GOOD, "may_train"),
        (replace(GOOD, unchanged_days=29), "changed_lately"),
        (replace(GOOD, trust=Trust.LOW), "low_trust"),
        (replace(GOOD, compliance=("pii",)), "not_to_be_trained_on"),
        (replace(GOOD, compliance=("no_train",)), "not_to_be_trained_on"),
        (replace(GOOD, sensitivity=Sensitivity.RESTRICTED), "restricted"),
        (replace(GOOD, may_train=False), "no_right_to_train"),
    ],
)
def test_one_unfit_contributor_keeps_all_from_training(odd: Contributor, reason: str) -> None:
    verdict = judge_training([*[GOOD] * 19, odd], LORA)
    assert verdict.reason == reason
    assert (verdict.action is Action.PROMOTE) is (reason == "may_train")


def test_twenty_contributors_are_the_least() -> None:
    assert judge_training([GOOD] * 19, LORA).reason == "too_few_contributors"


TRIAL = Trial(
    gain_lower=0.01, divergence=0.05, forgetting=0.01, canary_clean=True, detach_tested=True
)


@pytest.mark.parametrize(
    ("trial", "reason"),
    [
        (TRIAL, "gate_passed"),
        (None, "no_calibration"),
        (replace(TRIAL, gain_lower=0.0), "no_gain"),
        (replace(TRIAL, divergence=0.2), "drifts"),
        (replace(TRIAL, forgetting=0.03), "forgets"),
        (replace(TRIAL, canary_clean=False), "canary_found"),
        (replace(TRIAL, detach_tested=False), "detach_untested"),
    ],
)
def test_an_adapter_passes_every_gate_or_is_refused(trial: Trial | None, reason: str) -> None:
    assert judge_adapter(trial, LORA).reason == reason


def test_an_adapter_is_detached_when_idle_or_outdated() -> None:
    assert judge_detach(29, LORA).action is Action.KEEP
    assert judge_detach(30, LORA).reason == "idle"
    assert judge_detach(0, LORA, base_changed=True).reason == "base_changed"
    assert judge_detach(0, LORA, check_passed=False).reason == "check_failed"
    assert judge_detach(0, LORA, stale_contributor=True).reason == "contributor_changed"
