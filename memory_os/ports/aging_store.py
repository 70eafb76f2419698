"""Port: finding the memories that a sweep has to look at, without reading the others."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from memory_os.domain.access import AccessFilter
from memory_os.domain.cube import Usage
from memory_os.domain.lifecycle import State
from memory_os.domain.scope import Scope
from memory_os.domain.vocabulary import Kind

Grouping = Literal["scope", "user", "agent", "tenant"]


@dataclass(frozen=True, slots=True)
class Field:
    """Which memories of a tenant are meant: those that a scope reaches, matching exactly.

    With ``agents`` only those of these agents, with ``others`` only those of none of these.
    """

    scope: Scope = field(default_factory=Scope)
    agents: frozenset[str] | None = None
    others: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Crowd:
    """A group of memories of one kind that recall sees, and how much it holds.

    ``key`` names the group among those of its grouping; ``bytes`` are of stored payloads.
    """

    key: str
    kind: Kind
    count: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Member:
    """A memory of a group, with what ranks it."""

    cube_id: str
    created_at: datetime
    usage: Usage
    pinned: bool
    frozen: bool
    bytes: int


class AgingStore(Protocol):
    """Find memories by age, strength and size. Safe to call from many threads.

    Every method acts under the access filter, returns ids ascending, and tells what was so at one
    moment: whoever acts on it reads again and lets the store refuse what has changed.
    """

    def overdue(self, access: AccessFilter, where: Field, now: datetime) -> list[str]:
        """Return what expired by ``now`` though its state does not say so, unless frozen."""
        ...

    def held_overdue(self, access: AccessFilter, where: Field, now: datetime) -> list[str]:
        """Return what is frozen past its expiry."""
        ...

    def weaker(
        self,
        access: AccessFilter,
        where: Field,
        states: Sequence[State],
        sigma: float,
        now: datetime,
    ) -> list[str]:
        """Return what stands in one of ``states`` and has faded below ``sigma``."""
        ...

    def stronger(
        self,
        access: AccessFilter,
        where: Field,
        states: Sequence[State],
        sigma: float,
        now: datetime,
    ) -> list[str]:
        """Return what stands in one of ``states`` and is at ``sigma`` or above."""
        ...

    def ended(self, access: AccessFilter, where: Field, before: datetime) -> list[str]:
        """Return what recall sees and has not held in the world since ``before``."""
        ...

    def crowds(self, access: AccessFilter, where: Field, per: Grouping) -> list[Crowd]:
        """Return every group by kind and key."""
        ...

    def members(
        self, access: AccessFilter, where: Field, per: Grouping, crowd: Crowd
    ) -> list[Member]:
        """Return the memories of one group."""
        ...

    def usages(self, tenant_id: str, ids: Sequence[str]) -> dict[str, tuple[Usage, datetime]]:
        """Return the usage counters of these cubes, and when each was created."""
        ...
