"""The past as values: named moments, what a cube was then, and what differs between two times."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from memory_os.domain.branch import Branch
from memory_os.domain.cube import Cube, Governance
from memory_os.domain.journal import GENESIS
from memory_os.domain.lifecycle import State
from memory_os.domain.scope import Scope, ScopeMatch

SNAPSHOT = "snapshot:"
"""What a named moment begins with where a time is expected: ``snapshot:before-migration``."""

Named = TypeVar("Named", "Snapshot", Branch)

HIDDEN = frozenset({State.QUARANTINED, State.ERASED})
"""States that count for the past too: what is held back today is held back at any time."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A named moment of a scope: the time, and where the tenant's journal stood at it.

    Nothing is copied: versions and states are kept anyway, so the moment is all there is to keep.
    """

    tenant_id: str
    name: str
    at: datetime
    scope: Scope = field(default_factory=Scope)
    seq: int = 0
    hash: str = GENESIS
    by: str = ""
    reason: str = ""


class Change(StrEnum):
    """In what two times differ for a cube; one that is there at both may differ in several."""

    ADDED = "added"
    REMOVED = "removed"
    REVISED = "revised"
    TRANSITIONED = "transitioned"
    GOVERNED = "governed"


def as_then(today: Governance, then: Governance) -> Governance:
    """Return the governance of an earlier time as it may be shown and judged now.

    State, lifespan, priority and pin are those of then. Who may read, how carefully, and what is
    quarantined or erased are matters of today, whatever time is asked for.
    """
    if today.state in HIDDEN:
        return today
    return replace(
        then,
        visibility=today.visibility,
        sensitivity=today.sensitivity,
        compliance=today.compliance,
    )


def choose(named: list[Named], scope: Scope) -> list[Named]:
    """Return those of one name that a call in ``scope`` may mean: its own alone, if it has one.

    A call that names fewer ids than a snapshot or a branch reaches it too, as with memories.
    """
    own = [each for each in named if each.scope == scope]
    near = [each for each in named if scope.reaches(each.scope, ScopeMatch.INHERIT)]
    return own or near


def same_content(left: Cube, right: Cube) -> bool:
    """Tell whether two versions of a cube say the same, whenever they were recorded."""
    return left.payload == right.payload and _said(left) == _said(right)


def _said(cube: Cube) -> tuple[object, ...]:
    version = cube.version
    return (
        version.semantic_type,
        version.tags,
        version.metadata,
        version.origin,
        version.trust,
        version.confidence,
        version.valid_from,
        version.valid_to,
        version.superseded_by,
        version.conflicts_with,
    )
