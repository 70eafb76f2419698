"""Which timers are due: pure, over how far each has come."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from memory_os.clock import EPOCH
from memory_os.domain.jobs import Chore, JobPriority, Mark

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Timer:
    """A chore that is due once in every slot of time; ``growth`` only where a tenant has grown."""

    name: str
    chore: Chore
    every: timedelta
    priority: JobPriority = JobPriority.NORMAL
    growth: bool = False


@dataclass(frozen=True, slots=True)
class Slot:
    """A timer and the start of the slot of time that it is due for."""

    timer: Timer
    at: datetime

    @property
    def key(self) -> str:
        """Return what makes the job of this slot one, whoever enqueues it."""
        return f"{self.timer.name}:{self.at.isoformat()}"


def slot(now: datetime, every: timedelta) -> datetime:
    """Return the start of the slot that ``now`` lies in, slots counted from 1970."""
    return now - (now - EPOCH) % every


def due(timers: Sequence[Timer], marks: Mapping[str, Mark], now: datetime) -> Iterator[Slot]:
    """Yield each timer whose present slot has no job yet.

    Slots that passed while nobody looked are left out: a chore does all there is to do. A clock
    that went back makes nothing due a second time.
    """
    for timer in timers:
        at = slot(now, timer.every)
        mark = marks.get(timer.name)
        if mark is None or mark.at < at:
            yield Slot(timer, at)


def next_look(timers: Sequence[Timer], now: datetime) -> datetime:
    """Return when the next slot of any timer begins."""
    return min((slot(now, timer.every) + timer.every for timer in timers), default=now + DAY)
