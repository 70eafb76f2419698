"""The product under measurement: Memory OS through its public SDK, with its default profile."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

import memory_os
from memory_os.clock import ManualClock
from memory_os_evals.arms.port import Ask
from memory_os_evals.shape import Bank, Item

TODAY = datetime(2026, 1, 1, tzinfo=UTC)
_BATCH = 500


class ProductArm:
    """Store as a user would, and ask as a user would: one scope a bank, nothing tuned.

    The store is in memory and its clock stands still, so that a run can be repeated exactly.
    Messages are added session by session with role, speaker and time; passages as documents.
    """

    def __init__(self) -> None:
        self._memory = memory_os.connect("sqlite://", clock=ManualClock(TODAY))
        self._items: dict[str, str] = {}

    def remember(self, bank: Bank) -> None:
        """Store the whole bank under the user id that is the bank's name."""
        names = {item.id: f"{bank.id}/{place}" for place, item in enumerate(bank.items)}
        self._items.update({name: item for item, name in names.items()})
        requests = list(_requests(bank, names))
        for start in range(0, len(requests), _BATCH):
            self._memory.add_many(requests[start : start + _BATCH], user_id=bank.id)

    def recall(self, ask: Ask) -> list[str]:
        """Return the items behind the hits, in the product's order."""
        found = self._memory.search(ask.text, user_id=ask.bank, top_k=ask.depth)
        return [self._items[hit.external_id] for hit in found.results if hit.external_id]

    def close(self) -> None:
        """Close the store."""
        self._memory.close()


def _requests(bank: Bank, names: dict[str, str]) -> Iterator[dict[str, Any]]:
    """Yield what to add, in the bank's order: sessions of messages, single documents."""
    for session, members in groupby(bank.items, key=lambda item: item.session):
        items = [item for item in members if item.text]
        messages = [_message(item, names[item.id]) for item in items if item.role]
        if messages:
            yield {"messages": messages, "session_id": session}
        for item in items:
            if not item.role:
                document = {"text": item.text, "title": item.title}
                yield {"document": document, "external_id": names[item.id]}


def _message(item: Item, name: str) -> dict[str, Any]:
    return {
        "role": item.role,
        "content": item.text,
        "name": item.speaker,
        "timestamp": item.at,
        "external_id": name,
    }
