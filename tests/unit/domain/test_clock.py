"""Time as a dependency, to the microsecond."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memory_os.clock import EPOCH, ManualClock, SystemClock, from_micros, to_micros, to_utc
from memory_os.errors import InvalidInput

ZONES = st.integers(-14 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m)))
NAIVE = EPOCH.replace(tzinfo=None)
INSIDE = st.datetimes(NAIVE.replace(1, 1, 2), NAIVE.replace(9999, 12, 30), timezones=ZONES)


@settings(deadline=None)
@given(st.datetimes(timezones=st.just(UTC)))
def test_every_moment_survives_the_round_trip_through_microseconds(moment: datetime) -> None:
    assert from_micros(to_micros(moment)) == moment


@settings(deadline=None)
@given(INSIDE)
def test_a_zone_changes_the_writing_and_not_the_moment(moment: datetime) -> None:
    utc = to_utc(moment)
    assert utc == moment
    assert utc.tzinfo is UTC
    assert from_micros(to_micros(utc)) == utc
    assert to_micros(moment) == to_micros(utc)


@settings(deadline=None)
@given(
    st.integers(
        to_micros(datetime.min.replace(tzinfo=UTC)), to_micros(datetime.max.replace(tzinfo=UTC))
    )
)
def test_every_count_of_microseconds_survives_the_round_trip(micros: int) -> None:
    assert to_micros(from_micros(micros)) == micros


def test_microseconds_before_1970_are_negative_and_exact() -> None:
    assert to_micros(EPOCH - timedelta(microseconds=1)) == -1
    assert from_micros(-1) == datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)


def test_a_naive_time_is_refused_because_its_zone_is_unknown() -> None:
    with pytest.raises(InvalidInput, match="has no zone"):
        to_utc(NAIVE)
    with pytest.raises(InvalidInput, match="has no zone"):
        ManualClock(NAIVE)
    with pytest.raises(InvalidInput, match="has no zone"):
        ManualClock().set(NAIVE)


@pytest.mark.parametrize(
    "moment",
    [
        datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=1))),
        datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-2))),
    ],
)
def test_a_time_outside_the_calendar_of_utc_is_refused(moment: datetime) -> None:
    with pytest.raises(InvalidInput, match="outside the years"):
        to_utc(moment)


def test_a_manual_clock_moves_only_when_told() -> None:
    clock = ManualClock(datetime(2026, 3, 1, 13, tzinfo=timezone(timedelta(hours=1))))
    assert clock.now() == datetime(2026, 3, 1, 12, tzinfo=UTC) == clock.now()
    assert clock.advance(timedelta(days=1)) == datetime(2026, 3, 2, 12, tzinfo=UTC) == clock.now()
    clock.set(datetime(2020, 1, 1, tzinfo=UTC))
    assert clock.now() == datetime(2020, 1, 1, tzinfo=UTC)
    assert ManualClock().now() == EPOCH


def test_the_system_clock_tells_utc() -> None:
    before = datetime.now(UTC)
    assert before <= SystemClock().now() <= datetime.now(UTC)
    assert SystemClock().now().tzinfo is UTC
