"""Decay: the formulas and the days that follow from them."""

from datetime import UTC, datetime, timedelta

import pytest

from memory_os.domain.cube import Usage
from memory_os.domain.lifecycle import State
from memory_os.domain.vocabulary import Priority, SemanticType
from memory_os.policies import activation, archive
from memory_os.policies.decay import DAY, Trace, Use, counted, initial_half_life, used, weight
from memory_os.policies.policy_set import Activation, Archive, Decay, policy_set
from memory_os.policies.verdict import Action

START = datetime(2026, 3, 1, tzinfo=UTC)
SETTINGS = Decay()
NEW = Trace(1.0, 60.0, START)
CITED = used(NEW, 1.0, START + 30 * DAY, SETTINGS)


def day(moment: datetime | None) -> float:
    assert moment is not None
    return (moment - START) / DAY


def test_an_unused_fact_is_archived_on_day_190() -> None:
    assert int(day(NEW.reaches(0.10))) == 190
    for passed, action in ((190, Action.KEEP), (191, Action.ARCHIVE)):
        facts = archive.Facts(State.GENERATED, NEW)
        assert archive.judge(facts, START + passed * DAY, Archive()).action is action


def test_a_fact_cited_on_day_30_is_activated_until_day_145_and_archived_on_day_301() -> None:
    assert CITED.half_life == pytest.approx(68.8, abs=0.05)
    assert CITED.sigma(START + 30 * DAY) == pytest.approx(0.63, abs=0.005)
    verdict = activation.judge(State.GENERATED, CITED, START + 30 * DAY, Activation())
    assert (verdict.action, verdict.reason) == (Action.ACTIVATE, "strong")
    assert day(CITED.reaches(0.35)) == pytest.approx(145, abs=1)
    assert day(CITED.reaches(0.10)) == pytest.approx(301, abs=0.5)


@pytest.mark.parametrize(
    ("kind", "days"),
    [
        ("message", 3),
        ("episode", 14),
        ("fact", 60),
        ("summary", 60),
        ("preference", 180),
        ("procedure", 180),
        ("profile", 180),
        ("prompt", 180),
        ("reference", 365),
    ],
)
def test_a_half_life_starts_by_type_and_priority(kind: str, days: float) -> None:
    for priority, scale in ((Priority.LOW, 0.5), (Priority.NORMAL, 1.0), (Priority.HIGH, 2.0)):
        assert initial_half_life(SemanticType(kind), priority, SETTINGS) == days * scale


def test_uses_weigh_what_the_set_says() -> None:
    assert [weight(use, SETTINGS) for use in Use] == [0.0, 0.25, 1.0, 2.0, -1.0]
    other = policy_set({"decay": {"weights": {"cited": 3}}}).decay
    assert weight(Use.CITED, other) == 3


def test_strength_halves_every_half_life() -> None:
    assert NEW.at(START + 60 * DAY) == pytest.approx(0.5)
    assert NEW.sigma(START) == 0.5
    assert NEW.at(START - DAY) == 1.0, "a clock that went back strengthens nothing"


def test_being_of_no_help_weakens_to_nothing_at_most() -> None:
    weak = used(NEW, -1.0, START + 30 * DAY, SETTINGS)
    assert (weak.strength, weak.half_life) == (0.0, 60.0)
    assert weak.reaches(0.1) is None
    assert weak.sigma(START + 90 * DAY) == 0.0


def test_a_half_life_grows_to_its_cap_and_is_never_cut_by_use() -> None:
    trace = NEW
    for year in range(1, 12):
        trace = used(trace, 1.0, START + 365 * year * DAY, SETTINGS)
    assert trace.half_life == 730.0
    lasting = Trace(1.0, 900.0, START)
    assert used(lasting, 1.0, START + 400 * DAY, SETTINGS).half_life == 900.0


def test_counters_are_kept_and_no_weight_changes_nothing() -> None:
    at = START + 30 * DAY
    usage = Usage(half_life=60.0)
    found = counted(usage, START, {Use.RETURNED: 5}, at, SETTINGS)
    assert (found.returned, found.last_at) == (5, at)
    assert (found.strength, found.half_life, found.touched_at) == (1.0, 60.0, START)
    more = counted(found, START, {Use.CITED: 1, Use.IN_CONTEXT: 2}, at, SETTINGS)
    assert (more.returned, more.cited, more.in_context) == (5, 1, 2)
    assert more.strength == pytest.approx(CITED.strength + 0.5)
    assert more.touched_at == at
    assert counted(more, START, {Use.CITED: 1}, START, SETTINGS).last_at == at


def test_deactivation_waits_until_it_is_weak_and_pins_hold() -> None:
    settings = Activation()
    at = START + timedelta(days=160)
    weak = activation.judge(State.ACTIVATED, CITED, at, settings)
    assert (weak.action, weak.reason) == (Action.DEACTIVATE, "weak")
    assert weak.inputs["below"] == 0.35
    held = activation.judge(State.ACTIVATED, CITED, at, settings, held=True)
    assert held.action is Action.KEEP
    assert activation.judge(State.GENERATED, NEW, START, settings).action is Action.KEEP


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        (archive.Facts(State.GENERATED, NEW), "faded"),
        (archive.Facts(State.ACTIVATED, NEW), "faded"),
        (archive.Facts(State.GENERATED, NEW, pinned=True), "pinned"),
        (archive.Facts(State.GENERATED, NEW, decays=False), "in_place"),
        (archive.Facts(State.FROZEN, NEW), "not_in_recall"),
        (archive.Facts(State.GENERATED, NEW, START + 300 * DAY, decays=False), "no_longer_valid"),
        (archive.Facts(State.GENERATED, NEW, START + 390 * DAY, decays=False), "in_place"),
        (archive.Facts(State.GENERATED, NEW, START, pinned=True), "pinned"),
    ],
)
def test_archive_says_why(facts: archive.Facts, reason: str) -> None:
    assert archive.judge(facts, START + 400 * DAY, Archive()).reason == reason
