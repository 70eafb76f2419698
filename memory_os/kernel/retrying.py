"""Trying again what lost a race."""

from collections.abc import Callable
from typing import TypeVar

from memory_os.errors import VersionConflict

_TRIES = 10
Answer = TypeVar("Answer")


def retried(expected: int | None, act: Callable[[], Answer]) -> Answer:
    """Run ``act`` again when others changed the memory meanwhile, unless a version was expected."""
    for _ in range(0 if expected is not None else _TRIES):
        try:
            return act()
        except VersionConflict:
            continue
    return act()
