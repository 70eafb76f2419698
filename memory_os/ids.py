"""Identity as a dependency: sortable ids from a clock and a source of chance handed in."""

from collections.abc import Callable
from threading import Lock
from typing import Protocol

from memory_os.clock import Clock, to_micros

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS = tuple(a + b for a in _ALPHABET for b in _ALPHABET)
_RANDOM_BITS = 80


class IdSource(Protocol):
    """Make ids that no other call made."""

    def new(self, prefix: str) -> str:
        """Return a fresh id that starts with ``prefix`` and an underscore."""
        ...


class UlidSource:
    """ULIDs (github.com/ulid/spec): 48 bits of milliseconds, 80 of chance, Crockford base 32.

    Ids of one source ascend strictly, also within a millisecond and when the clock steps back;
    a clock before 1970 counts as 1970.
    ``entropy`` returns the asked number of random bytes: ``os.urandom`` at the doors, a seeded
    generator in tests and simulations.
    """

    def __init__(self, clock: Clock, entropy: Callable[[int], bytes]) -> None:
        self._clock = clock
        self._entropy = entropy
        self._lock = Lock()
        self._last = -1

    def new(self, prefix: str) -> str:
        """Return ``prefix_`` and a ULID greater than any made before."""
        millis = max(0, to_micros(self._clock.now()) // 1000)
        with self._lock:
            if millis > self._last >> _RANDOM_BITS:
                chance = int.from_bytes(self._entropy(10), "big") >> 1
                self._last = (millis << _RANDOM_BITS) | chance
            else:
                self._last += 1
            value = self._last
        return f"{prefix}_{encode_ulid(value)}"


def encode_ulid(value: int) -> str:
    """Return the 26 characters of a 128-bit ULID."""
    pairs = [_PAIRS[(value >> shift) & 1023] for shift in range(120, -1, -10)]
    return "".join(pairs)
