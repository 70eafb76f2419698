"""Branches as values: an overlay over what memory held at a moment, and how its cubes are named.

A branch keeps rows of its own for what was written on it alone. The row of a cube has the id that
readers know, followed by the branch: so both are told from one id, and neither hides the other.
"""

from dataclasses import dataclass, field
from datetime import datetime

from memory_os.domain.scope import Scope

PREFIX = "br"
_JOINT = "~"


@dataclass(frozen=True, slots=True)
class Branch:
    """A named overlay of a scope: the base as it was ``at``, and what was written since.

    ``id`` is never used again, so a branch that is made anew under an old name starts empty.
    Nothing is copied: what the base held is kept anyway.
    """

    tenant_id: str
    name: str
    id: str
    at: datetime
    created_at: datetime
    scope: Scope = field(default_factory=Scope)
    by: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Overlaid:
    """A cube with a row on a branch: the id that readers know, and since when.

    ``withheld``: the base's cube is quarantined or erased today, and so is what was made of it.
    """

    id: str
    since: datetime
    withheld: bool = False


def stored_id(cube_id: str, branch_id: str) -> str:
    """Return the id of the row that a branch keeps for a cube."""
    return f"{cube_id}{_JOINT}{branch_id}"


def plain_id(stored: str) -> str:
    """Return the id by which readers know the cube behind a row."""
    return stored.partition(_JOINT)[0]


def stored_ids(cube_id: str) -> tuple[str, str]:
    """Return the bounds, half-open, between which the ids of every branch's row of a cube lie."""
    return f"{cube_id}{_JOINT}", f"{cube_id}{chr(ord(_JOINT) + 1)}"
