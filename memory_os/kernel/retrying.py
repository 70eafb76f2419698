"""Trying again what was planned on something that others changed before it was stored."""

from collections.abc import Callable
from threading import Lock
from typing import TypeVar

from memory_os.errors import VersionConflict

Answer = TypeVar("Answer")

TRIES = 100
"""How often a call plans at most: writers of other processes do not wait for it."""


class Turns:
    """Run writes of a tenant side by side, and those that lost to another one by one.

    While one tries again, new ones of this process wait, so that it cannot lose forever.
    """

    def __init__(self) -> None:
        self._queues: dict[str, Lock] = {}

    def once(self, tenant_id: str, act: Callable[[], Answer]) -> Answer:
        """Run ``act`` when nobody is trying again."""
        with self._queue(tenant_id):
            pass
        return act()

    def until_stored(self, tenant_id: str, act: Callable[[], Answer]) -> Answer:
        """Run ``act``, and again as long as it loses to other writers.

        Raises:
            VersionConflict: it lost every time.
        """
        try:
            return self.once(tenant_id, act)
        except VersionConflict:
            pass
        with self._queue(tenant_id):
            for _ in range(TRIES - 2):
                try:
                    return act()
                except VersionConflict:
                    continue
            return act()

    def _queue(self, tenant_id: str) -> Lock:
        return self._queues.get(tenant_id) or self._queues.setdefault(tenant_id, Lock())
