"""The journal: an append-only hash chain of everything that happened in a tenant."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from memory_os.clock import to_micros

GENESIS = "0" * 64
_canonical = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class Note:
    """What is to be journalled: an action on targets, by whom and why; never content.

    ``salted`` is a hash of the content under a salt that dies with the cube. Where the store adds a
    ``salt``, the chain holds the reason as a hash under it, ``sealed``: so a reason can be taken
    out, with its salt, and the chain stays whole.
    """

    actor: str
    action: str
    targets: tuple[str, ...]
    reason: str = ""
    salted: str = ""
    salt: str = field(default="", compare=False, repr=False)
    sealed: str = field(default="", compare=False, repr=False)


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
        [seq, to_micros(at), note.actor, note.action, note.targets, _said(note), note.salted]
    )
    digest = hashlib.sha256((prev + body).encode()).hexdigest()
    return Entry(seq, at, note, prev, digest)


def seal_of(note: Note) -> str:
    """Return the hash that stands for the reason in the chain, nothing where the reason does.

    Beside a reason the hash is always worked out, so that nobody can put another reason there.
    """
    if note.sealed and not note.reason:
        return note.sealed
    if not note.salt:
        return ""
    return hashlib.sha256(f"{note.salt}\x1f{note.reason}".encode()).hexdigest()


def _said(note: Note) -> str | list[str]:
    sealed = seal_of(note)
    return [sealed] if sealed else note.reason


def first_break(entries: Iterable[Entry], prev: str = GENESIS, seq: int = 0) -> int | None:
    """Return the sequence number at which the chain is broken, or nothing if it is intact."""
    for entry in entries:
        expected = chain(entry.note, seq=seq + 1, at=entry.at, prev=prev)
        if entry != expected:
            return seq + 1
        prev, seq = entry.hash, entry.seq
    return None
