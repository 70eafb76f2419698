"""What becomes of a job that failed: when it is begun again, or that it is not."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from memory_os.domain.jobs import MOST_ATTEMPTS, Job, JobCost, JobState, Outcome


@dataclass(frozen=True, slots=True)
class Backoff:
    """How long a failed job waits: ``first``, doubled with each attempt, ``most`` at the longest.

    A share ``jitter`` of the pause is left to chance, so that what failed together does not come
    back together.
    """

    first: timedelta = timedelta(seconds=10)
    most: timedelta = timedelta(hours=1)
    jitter: float = 0.5
    attempts: int = MOST_ATTEMPTS


BACKOFF = Backoff()


def chance(seed: int, job: Job) -> float:
    """Return a number in [0, 1) that follows from the seed, the job and its attempt alone."""
    return Random(f"{seed}:{job.id}:{job.attempts}").random()


def pause(attempt: int, chance: float, settings: Backoff = BACKOFF) -> timedelta:
    """Return how long to wait after a failed ``attempt``, counted from 1."""
    doubled = settings.first * 2.0 ** min(attempt - 1, 30)
    whole = min(settings.most, doubled)
    return whole * (1.0 - settings.jitter * chance)


def after_failure(
    job: Job, error: str, cost: JobCost, now: datetime, chance: float, settings: Backoff = BACKOFF
) -> Outcome:
    """Return how a worker leaves a job whose attempt failed with ``error``."""
    if job.attempts >= settings.attempts:
        return Outcome(JobState.DEAD, cost, error=error)
    again = now + pause(job.attempts, chance, settings)
    return Outcome(JobState.QUEUED, cost, error=error, run_after=again)
