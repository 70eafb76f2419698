"""Time as a dependency: nothing in the core asks the machine for it."""

import re
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Protocol

from memory_os.errors import InvalidInput

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_ISO = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d([.,]\d{1,9})?)?(Z|[+-]\d\d(:?\d\d)?)?", re.IGNORECASE
)


class Clock(Protocol):
    """Tell the time: aware, UTC, microsecond resolution."""

    def now(self) -> datetime:
        """Return the present moment."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the machine's time in UTC."""
        return datetime.now(UTC)


class ManualClock:
    """A clock that stands still until it is moved: for replays, simulations and tests."""

    def __init__(self, start: datetime = EPOCH) -> None:
        self._lock = Lock()
        self._now = to_utc(start)

    def now(self) -> datetime:
        """Return the moment the clock was last set to."""
        return self._now

    def set(self, moment: datetime) -> None:
        """Move to ``moment``, forward or back."""
        self._now = to_utc(moment)

    def advance(self, step: timedelta) -> datetime:
        """Move by ``step`` and return the new moment."""
        with self._lock:
            self._now += step
            return self._now


def to_utc(moment: datetime) -> datetime:
    """Return ``moment`` in UTC; a naive one is refused because its zone is unknown.

    Raises:
        InvalidInput: it has no zone, or lies outside the years 1 to 9999 in UTC.
    """
    if moment.tzinfo is None:
        raise InvalidInput(f"time {moment.isoformat()!r} has no zone; add one, such as 'Z'")
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise InvalidInput(
            f"time {moment.isoformat()!r} lies outside the years 1 to 9999 in UTC"
        ) from error


def exact_moment(value: object) -> datetime:
    """Return in UTC the moment that ``value`` is: a ``datetime``, or ISO 8601 text, with a zone.

    A year, a day, a number of seconds and a local time each leave open which moment is meant.

    Raises:
        InvalidInput: it is anything else.
    """
    if isinstance(value, datetime):
        return to_utc(value)
    written = isinstance(value, str) and _ISO.fullmatch(value)
    if isinstance(value, str) and written:
        try:
            return to_utc(datetime.fromisoformat(value.upper()))
        except ValueError:
            pass
    raise InvalidInput(
        f"{value!r:.60} is no ISO 8601 time with a zone; write it as 2026-03-01T12:00:00Z"
    )


def to_micros(moment: datetime) -> int:
    """Return whole microseconds since 1970, exactly."""
    return (moment - EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    """Return the UTC moment of ``micros`` microseconds since 1970, exactly."""
    return EPOCH + timedelta(microseconds=micros)
