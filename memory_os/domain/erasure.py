"""Erasing as values: what goes with what, how far the work is, what is left."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from memory_os.domain.journal import Note
from memory_os.domain.vocabulary import Kind

ERASING = "erasing"
"""The reason of a quarantine that nothing releases: the memory is being erased."""


class Member(StrEnum):
    """Why a memory is erased with others."""

    TARGET = "target"
    DERIVED = "derived"
    PARENT = "merged_parent"


class Stage(StrEnum):
    """How far an erasure is: rows held, rows removed, every copy proven gone or not yet."""

    PLANNED = "planned"
    ERASING = "erasing"
    PARTIAL = "partial"
    COMPLETE = "complete"


@dataclass(frozen=True, slots=True)
class Erased:
    """A memory of an erasure: its id, kind, and why it goes."""

    id: str
    kind: Kind
    role: Member


@dataclass(frozen=True, slots=True)
class Edge:
    """A derivation: ``child`` was made from ``parent``, in a role."""

    parent: str
    child: str
    role: str


@dataclass(frozen=True, slots=True)
class Replaced:
    """What stands for an erased merge result: the merge of its remaining parents, or the one."""

    old: str
    new: str
    parents: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tainted:
    """An adapter that was trained on what is erased, and what becomes of it."""

    id: str
    remaining: int
    action: str


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody about whom everything is erased: what the rows call them, and the journal's marks.

    The entries whose targets have one of ``marks`` are about them.
    """

    user_id: str
    marks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Named:
    """A row that has a user's id besides the memories: in which table, and since when."""

    place: str
    user_id: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Erasure:
    """An erasure as it is stored. ``receipt`` is the JSON of its last receipt, once there is one.

    ``subject`` is the mark of the person it is about, if it is about one, and ``branches`` are the
    branches of that person, which go when nothing lies on them any more. ``removed_at``, ``seq``
    and ``hash`` say when the rows went and where the journal stood then.
    """

    tenant_id: str
    id: str
    requester: str
    action: str
    reason: str
    override: str | None
    requested_at: datetime
    members: tuple[Erased, ...]
    stage: Stage = Stage.ERASING
    tainted: tuple[Tainted, ...] = ()
    replaced: tuple[Replaced, ...] = ()
    counts: dict[str, int] = field(default_factory=dict)
    removed_at: datetime | None = None
    seq: int = 0
    hash: str = ""
    receipt: str | None = None
    subject: str | None = None
    branches: tuple[str, ...] = ()

    @property
    def ids(self) -> tuple[str, ...]:
        """Return the ids of all that is erased."""
        return tuple(member.id for member in self.members)


@dataclass(frozen=True, slots=True)
class Tombstone:
    """What is left of an erased memory: its id, times, the reason and the receipt's id."""

    tenant_id: str
    id: str
    created_at: datetime
    erased_at: datetime
    by: str
    reason: str
    erasure_id: str


@dataclass(frozen=True, slots=True)
class Removal:
    """What one transaction removes, and the note that is journalled for each memory."""

    erasure: Erasure
    at: datetime
    notes: tuple[Note, ...]
