"""How long the client waits, and how often it tries again."""

import math
from dataclasses import dataclass
from typing import Self, TypeGuard

from memory_os.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds to wait: for a connection, and between two bytes of an answer."""

    connect: float = 5.0
    read: float = 60.0

    def __post_init__(self) -> None:
        if not all(_seconds(given) and given > 0 for given in (self.connect, self.read)):
            raise ConfigurationError(f"timeouts must be above 0 seconds, not {self}")

    @classmethod
    def given(cls, value: object) -> Self:
        """Return ``value``, a number standing for both waits.

        Raises:
            ConfigurationError: it is neither.
        """
        if isinstance(value, cls):
            return value
        if _seconds(value):
            return cls(value, value)
        raise ConfigurationError(
            f"timeouts must be a number of seconds or Timeouts(connect=5, read=60), not {value!r}"
        )


@dataclass(frozen=True, slots=True)
class Retries:
    """How a failed call is tried again: ``attempts`` counts the first one too.

    The pause before attempt ``n + 1`` is drawn evenly from the upper half of
    ``first_pause * 2**(n - 1)`` seconds, at most ``longest_pause`` ("equal jitter", Brooker,
    "Exponential Backoff And Jitter", AWS Architecture Blog, 2015). A pause that the service asks
    for is kept to instead, unless it is longer than ``longest_wait``: then the error is raised.
    """

    attempts: int = 4
    first_pause: float = 0.1
    longest_pause: float = 5.0
    longest_wait: float = 60.0

    def __post_init__(self) -> None:
        if not _count(self.attempts) or self.attempts < 1:
            raise ConfigurationError(f"attempts must be at least 1, not {self.attempts!r}")
        pauses = (self.first_pause, self.longest_pause, self.longest_wait)
        if not all(_seconds(given) and given >= 0 for given in pauses):
            raise ConfigurationError(f"pauses must be 0 seconds or more, not {self}")

    @classmethod
    def given(cls, value: object) -> Self:
        """Return ``value``, a whole number standing for how often a failed call is tried again.

        Raises:
            ConfigurationError: it is neither.
        """
        if isinstance(value, cls):
            return value
        if _count(value) and value >= 0:
            return cls(attempts=value + 1)
        raise ConfigurationError(
            "retries must be how often to try again, such as 2, or Retries(attempts=3), "
            f"not {value!r}"
        )

    def pause(self, attempt: int, chance: float, asked: float | None) -> float | None:
        """Return the seconds to wait after failed attempt ``attempt`` (from 1), none to give up.

        ``chance`` lies in [0, 1); ``asked`` is what the service asked for, if it did.
        """
        if attempt >= self.attempts:
            return None
        if asked is not None:
            return asked if asked <= self.longest_wait else None
        window = min(self.longest_pause, self.first_pause * 2.0 ** (attempt - 1))
        return window * (1.0 + chance) / 2.0


def _seconds(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _count(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)
