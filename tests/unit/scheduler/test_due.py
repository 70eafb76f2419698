"""Which timers are due, and what becomes of a job that failed."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory_os.domain.jobs import MOST_ATTEMPTS, Chore, JobCost, JobState, Mark
from memory_os.scheduler.due import DAY, HOUR, MINUTE, Timer, due, next_look, slot
from memory_os.scheduler.retry import BACKOFF, Backoff, after_failure, chance, pause
from memory_os.testing.cubes import START
from memory_os.testing.jobs import job

TIMERS = (Timer("often", Chore.EXPIRE, MINUTE), Timer("seldom", Chore.TIDY, DAY))
NOW = START.replace(hour=10, minute=5, second=30, microsecond=0)


def names(marks: dict[str, Mark], now: object = NOW) -> list[str]:
    return [one.timer.name for one in due(TIMERS, marks, now)]  # type: ignore[arg-type]


def test_a_timer_is_due_once_in_each_slot() -> None:
    assert names({}) == ["often", "seldom"]
    marks = {one.timer.name: Mark(one.timer.name, one.at) for one in due(TIMERS, {}, NOW)}
    assert marks["often"].at == NOW.replace(second=0)
    assert marks["seldom"].at == NOW.replace(hour=0, minute=0, second=0)
    assert names(marks) == []
    assert names(marks, NOW + timedelta(seconds=29)) == []
    assert names(marks, NOW + timedelta(seconds=30)) == ["often"]
    assert names(marks, NOW + 3 * DAY) == ["often", "seldom"]


def test_a_clock_that_goes_back_makes_nothing_due_again() -> None:
    marks = {one.timer.name: Mark(one.timer.name, one.at) for one in due(TIMERS, {}, NOW)}
    assert names(marks, NOW - 5 * DAY) == []


def test_the_jobs_of_one_slot_have_one_key_whoever_asks() -> None:
    keys = {one.key for step in (0, 10, 29) for one in due(TIMERS, {}, NOW + step * MINUTE / 60)}
    assert len(keys) == len(TIMERS)


def test_the_next_look_is_when_a_slot_begins() -> None:
    assert next_look(TIMERS, NOW) == NOW + timedelta(seconds=30)
    assert next_look((), NOW) == NOW + DAY
    assert slot(NOW, HOUR) == NOW.replace(minute=0, second=0)


def test_pauses_double_up_to_a_bound() -> None:
    pauses = [pause(attempt, 0.0).total_seconds() for attempt in range(1, 12)]
    assert pauses[:5] == [10, 20, 40, 80, 160]
    assert pauses[-1] == BACKOFF.most.total_seconds()
    assert pause(10_000, 0.0) == BACKOFF.most


@given(st.integers(1, 50), st.floats(0, 1, exclude_max=True))
def test_jitter_shortens_a_pause_by_half_at_most(attempt: int, luck: float) -> None:
    whole = pause(attempt, 0.0)
    assert whole / 2 <= pause(attempt, luck) <= whole


def test_chance_follows_from_seed_job_and_attempt() -> None:
    begun = replace(job(1), attempts=1)
    again = replace(begun, attempts=2)
    draws = [
        chance(7, begun),
        chance(8, begun),
        chance(7, again),
        chance(7, replace(begun, id="x")),
    ]
    assert len(set(draws)) == 4
    assert chance(7, begun) == draws[0]


@pytest.mark.parametrize("attempt", range(1, MOST_ATTEMPTS + 1))
def test_a_job_is_tried_until_its_attempts_are_used_up(attempt: int) -> None:
    left = after_failure(replace(job(1), attempts=attempt), "no", JobCost(1.0), START, 0.0)
    assert (left.error, left.cost.seconds) == ("no", 1.0)
    if attempt < MOST_ATTEMPTS:
        assert left.state is JobState.QUEUED
        assert left.run_after == START + pause(attempt, 0.0)
    else:
        assert left.state is JobState.DEAD


def test_a_setting_may_ask_for_fewer_attempts() -> None:
    left = after_failure(
        replace(job(1), attempts=2), "no", JobCost(), START, 0.0, Backoff(attempts=2)
    )
    assert left.state is JobState.DEAD
