"""Grants: rights on one memory or on a scope, for a principal or for all bound to a scope."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property, lru_cache

from memory_os.domain.lifecycle import Right
from memory_os.domain.scope import Scope, ScopeMatch


class Purpose(StrEnum):
    """What a memory is used for; a restricted one is used only for what a grant names."""

    RECALL = "recall"
    TRAIN = "train"
    EXPORT = "export"
    REVIEW = "review"


@dataclass(frozen=True, slots=True)
class Grant:
    """Rights that ``by`` gave: to ``principal``, or to those whose binding lies in ``pattern``.

    The target is the memory ``memory_id``, which lies in ``scope``, or else all of ``scope``.
    ``rests_on`` is the grant by which the giver had what they gave, or for a merge's result those
    on its parents, parted by spaces: when one of them ends, so does this.
    """

    id: str
    tenant_id: str
    rights: frozenset[Right]
    scope: Scope
    by: str
    at: datetime
    principal: str | None = None
    pattern: Scope | None = None
    memory_id: str | None = None
    purposes: frozenset[Purpose] = frozenset()
    until: datetime | None = None
    reason: str = ""
    rests_on: str | None = None
    revoked_at: datetime | None = None
    revoked_by: str | None = None

    @property
    def bases(self) -> tuple[str, ...]:
        """Return the ids of the grants that it rests on."""
        return tuple((self.rests_on or "").split())

    def stands(self, now: datetime) -> bool:
        """Tell whether it was not revoked and its time is not over; others may end it too."""
        return self.revoked_at is None and (self.until is None or now < self.until)

    def given_to(self, principal_id: str, bindings: Scope) -> bool:
        """Tell whether it is for a principal of this id and binding."""
        if self.pattern is None:
            return self.principal == principal_id
        return bool(self.pattern) and self.pattern.reaches(bindings, ScopeMatch.EXACT)


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one live grant opens for the caller."""

    rights: frozenset[Right]
    scope: Scope
    memory_id: str | None = None
    purposes: frozenset[Purpose] = frozenset()
    until: datetime | None = None
    grant_id: str = ""

    def covers(self, memory_id: str, scope: Scope) -> bool:
        """Tell whether a memory of this id and scope is the target, or lies in it."""
        if self.memory_id is not None:
            return self.memory_id == memory_id
        return self.scope.reaches(scope, ScopeMatch.EXACT)


@dataclass(frozen=True, slots=True)
class Reach:
    """Memories by id, and scopes; of the scopes in ``whole`` the private memories too."""

    ids: frozenset[str] = frozenset()
    scopes: frozenset[Scope] = frozenset()
    whole: frozenset[Scope] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.ids or self.scopes or self.whole)

    def covers(self, memory_id: str, scope: Scope, *, private: bool = False) -> bool:
        """Tell whether it reaches a memory; a private one by its id or a whole scope alone."""
        scopes = self.whole if private else self.scopes | self.whole
        return memory_id in self.ids or any(
            each.reaches(scope, ScopeMatch.EXACT) for each in scopes
        )


@dataclass(frozen=True)
class Allowances:
    """All that grants open for one caller at one moment; equal ones open the same."""

    mark: str = ""
    items: tuple[Allowance, ...] = field(default=(), compare=False)

    def __bool__(self) -> bool:
        return bool(self.items)

    @cached_property
    def opened(self) -> Reach:
        """Return what may be seen."""
        return _reach(self.items)

    @cached_property
    def reviewed(self) -> Reach:
        """Return of what those held back may be seen too."""
        return _reach(item for item in self.items if Right.GOVERN in item.rights)

    @cached_property
    def _named(self) -> dict[Purpose, Reach]:
        return {
            purpose: _reach(item for item in self.items if purpose in item.purposes)
            for purpose in Purpose
        }

    def named(self, purpose: Purpose) -> Reach:
        """Return of what those restricted may be used for ``purpose``."""
        return self._named[purpose]

    def having(self, right: Right) -> "Allowances":
        """Return those that give ``right``."""
        return _having(self, right)


NONE = Allowances()


def allowances(items: Iterable[Allowance]) -> Allowances:
    """Return the allowances of a caller, marked by what they open."""
    given = tuple(items)
    if not given:
        return NONE
    lines = sorted(
        f"{item.memory_id!r}{item.scope!r}{sorted(item.rights)}{sorted(item.purposes)}"
        for item in given
    )
    mark = hashlib.blake2b("\n".join(lines).encode(), digest_size=16).hexdigest()
    return Allowances(mark, given)


@lru_cache(maxsize=256)
def _having(held: Allowances, right: Right) -> Allowances:
    return allowances(item for item in held.items if right in item.rights)


def _reach(items: Iterable[Allowance]) -> Reach:
    ids, scopes, whole = set[str](), set[Scope](), set[Scope]()
    for item in items:
        if item.memory_id is not None:
            ids.add(item.memory_id)
        elif Right.GOVERN in item.rights:
            whole.add(item.scope)
        else:
            scopes.add(item.scope)
    return Reach(frozenset(ids), frozenset(scopes), frozenset(whole))
