"""The journal: an append-only hash chain of everything that happened in a tenant."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from memory_os.clock import to_micros

GENESIS = "0" * 64
_canonical = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class Note:
    """What is to be journalled: an action on targets, by whom and why; never content.

    ``salted`` is a hash of the content under a salt that dies with the cube.
    """

    actor: str
    action: str
    targets: tuple[str, ...]
    reason: str = ""
    salted: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A journalled note with its place in the chain."""

    seq: int
    at: datetime
    note: Note
    prev: str
    hash: str


def chain(note: Note, *, seq: int, at: datetime, prev: str) -> Entry:
    """Return the entry that follows ``prev``: ``hash = SHA-256(prev || canonical JSON)``."""
    body = _canonical(
        [seq, to_micros(at), note.actor, note.action, note.targets, note.reason, note.salted]
    )
    digest = hashlib.sha256((prev + body).encode()).hexdigest()
    return Entry(seq, at, note, prev, digest)


def first_break(entries: Iterable[Entry], prev: str = GENESIS, seq: int = 0) -> int | None:
    """Return the sequence number at which the chain is broken, or nothing if it is intact."""
    for entry in entries:
        expected = chain(entry.note, seq=seq + 1, at=entry.at, prev=prev)
        if entry != expected:
            return seq + 1
        prev, seq = entry.hash, entry.seq
    return None
