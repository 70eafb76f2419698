"""What a tenant's index must hold, read from the rows."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import pairwise
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from memory_os.clock import to_micros
from memory_os.domain.cube import MAIN
from memory_os.domain.scope import Scope, ScopeMatch
from memory_os.kernel.reindexed import chunks as chunks_of
from memory_os.kernel.reindexed import standing
from memory_os.ports.cube_store import CubeStore, IndexRow
from memory_os.ports.recall_index import Chunk

Item = TypeVar("Item")
EVERYBODY = Scope()
ALWAYS = np.iinfo(np.int64).max
NEVER = np.iinfo(np.int64).min


def chunks(store: CubeStore, tenant_id: str) -> Iterator[list[Chunk]]:
    """Yield, a batch at a time, the chunks that the rows ask for; those never live are left out.

    A passage comes once for every stretch of its life in which its cube stood in one state.
    """
    for rows in store.scan_index(tenant_id):
        yield [found for row in rows for found in _chunks(row) if found.live_from != found.live_to]


def _chunks(row: IndexRow) -> Iterator[Chunk]:
    """Yield each passage once for every stretch of its life that it stood in one state."""
    for found in chunks_of(row):
        stop = found.live_to
        inside = (was.until for was in row.past if found.live_from < was.until)
        edges = [at for at in dict.fromkeys(inside) if stop is None or at < stop]
        for start, end in pairwise((found.live_from, *edges, stop)):
            state, expires_at = standing(row, start or found.live_from)
            yield replace(
                found,
                state=state,
                expires_at=expires_at,
                live_from=start or found.live_from,
                live_to=end,
            )


@dataclass(slots=True)
class Expectation:
    """Numbers and intervals of all chunks seen so far, and in how many each term is visible."""

    now: datetime
    numbers: list[int] = field(default_factory=list)
    spans: list[tuple[int, int, int, int]] = field(default_factory=list)
    scopes: list[Scope] = field(default_factory=list)
    frequencies: Counter[str] = field(default_factory=Counter)

    def take(self, found: Chunk) -> None:
        """Take in a chunk; one of a branch or in quarantine is there, and no recall sees it."""
        ends = [to_micros(end) for end in (found.live_to, found.expires_at) if end is not None]
        span = (
            to_micros(found.live_from),
            min(ends, default=ALWAYS),
            NEVER if found.valid_from is None else to_micros(found.valid_from),
            ALWAYS if found.valid_to is None else to_micros(found.valid_to),
        )
        if found.branch != MAIN or found.held:
            span = (ALWAYS, ALWAYS, NEVER, ALWAYS)
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
        return np.unique(np.array(found, np.int64))

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
