"""From stored rows to the changes that make an index of them, the past included."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from itertools import groupby

from memory_os.domain.cube import Governance
from memory_os.domain.lifecycle import Position, State, underlying
from memory_os.kernel.entries import expiry, stored_chunks
from memory_os.ports.cube_store import IndexRow, StoredPassage
from memory_os.ports.recall_index import Change, Chunk, Restate

Standing = tuple[State, datetime | None]
"""What recall sees of a cube's governance: the state, and when it expires."""


def standing(row: IndexRow, at: datetime) -> Standing:
    """Return what the cube stood in at ``at``."""
    left = next((was for was in row.past if was.until > at), None)
    if left is not None:
        return left.state, left.expires_at
    return underlying(row.cube.position), expiry(row.cube)


def stood(governance: Governance) -> Standing:
    """Return what recall sees of ``governance``."""
    position = Position(governance.state, governance.resume)
    frozen = State.FROZEN in (governance.state, *governance.resume)
    return underlying(position), None if frozen else governance.lifespan.expires_at


def restated(row: IndexRow, at: datetime) -> Restate:
    """Return the change that tells the index what the cube stands in from ``at`` on."""
    state, expires_at = standing(row, at)
    return Restate(row.cube.id, state, at, expires_at)


def chunks(row: IndexRow) -> Iterator[Chunk]:
    """Return the row's passages, each as it stood when its life began."""
    for stored, made in zip(row.passages, stored_chunks(row), strict=True):
        state, expires_at = standing(row, stored.live_from)
        yield replace(made, state=state, expires_at=expires_at) if row.past else made


def lives(row: IndexRow) -> Iterator[Change]:
    """Return the row's passages, and what changed for the cube while they lived."""
    for _, life in groupby(row.passages, key=lambda stored: stored.live_from):
        passages = tuple(life)
        yield from chunks(replace(row, passages=passages))
        for at in dict.fromkeys(was.until for was in row.past if _during(passages[0], was.until)):
            yield restated(row, at)


def _during(stored: StoredPassage, at: datetime) -> bool:
    return stored.live_from < at and (stored.live_to is None or at < stored.live_to)
