"""What a tenant's index must hold, read from the rows."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from memory_os.clock import to_micros
from memory_os.domain.scope import Scope, ScopeMatch
from memory_os.kernel.entries import stored_chunks
from memory_os.ports.cube_store import CubeStore
from memory_os.ports.recall_index import Chunk

Item = TypeVar("Item")
EVERYBODY = Scope()
ALWAYS = np.iinfo(np.int64).max
NEVER = np.iinfo(np.int64).min


def chunks(store: CubeStore, tenant_id: str) -> Iterator[list[Chunk]]:
    """Yield, a batch at a time, the chunks that the rows ask for; those never live are left out."""
    for rows in store.scan_index(tenant_id):
        every = (found for row in rows for found in stored_chunks(row))
        yield [found for found in every if found.live_from != found.live_to]


@dataclass(slots=True)
class Expectation:
    """Numbers and intervals of all chunks seen so far, and in how many each term is visible."""

    now: datetime
    numbers: list[int] = field(default_factory=list)
    spans: list[tuple[int, int, int, int]] = field(default_factory=list)
    scopes: list[Scope] = field(default_factory=list)
    frequencies: Counter[str] = field(default_factory=Counter)

    def take(self, found: Chunk) -> None:
        """Take in a chunk."""
        ends = [to_micros(end) for end in (found.live_to, found.expires_at) if end is not None]
        span = (
            to_micros(found.live_from),
            min(ends, default=ALWAYS),
            NEVER if found.valid_from is None else to_micros(found.valid_from),
            ALWAYS if found.valid_to is None else to_micros(found.valid_to),
        )
        self.numbers.append(found.number)
        self.spans.append(span)
        self.scopes.append(found.scope)
        if _inside(span, to_micros(self.now), to_micros(self.now)):
            self.frequencies.update(set(found.terms))

    def visible(self, as_of: int, valid_at: int, scope: Scope = EVERYBODY) -> NDArray[np.int64]:
        """Return the numbers of the chunks in ``scope`` that are visible then, ascending."""
        found = [
            number
            for number, span, whose in zip(self.numbers, self.spans, self.scopes, strict=True)
            if _inside(span, as_of, valid_at) and scope.reaches(whose, ScopeMatch.EXACT)
        ]
        return np.sort(np.array(found, np.int64))

    def some_scopes(self, most: int) -> list[Scope]:
        """Return at most ``most`` of the scopes, spread evenly."""
        return spread(sorted(set(self.scopes), key=Scope.key), most)

    def moments(self, most: int) -> list[int]:
        """Return at most ``most`` moments at which something begins or ends, spread evenly."""
        return spread(sorted({edge for s in self.spans for edge in s} - {ALWAYS, NEVER}), most)


def spread(items: list[Item], most: int) -> list[Item]:
    """Return all of ``items``, or ``most`` of them at even distances."""
    if len(items) <= most:
        return items
    return [items[round(place)] for place in np.linspace(0, len(items) - 1, most)]


def _inside(span: tuple[int, int, int, int], as_of: int, valid_at: int) -> bool:
    live_from, live_to, valid_from, valid_to = span
    return live_from <= as_of < live_to and valid_from <= valid_at < valid_to
