"""Conflict: what becomes of two facts that say different things of the same."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from memory_os.domain.cube import Cube
from memory_os.domain.lifecycle import RECALLED
from memory_os.domain.payload import Fact
from memory_os.domain.statements import folded
from memory_os.domain.vocabulary import Trust
from memory_os.policies.merging import overlap

POLICY = "conflict@1"


class Settle(StrEnum):
    """What is done about a new fact beside a stored one.

    ``supersede``: the new one closes the stored one's validity. ``precede``: the new one is about
    an earlier time, and ends where the stored one begins. ``link``: nobody can tell; both stay,
    marked. ``agree``: there is no contradiction.
    """

    SUPERSEDE = "supersede"
    PRECEDE = "precede"
    LINK = "link"
    AGREE = "agree"


@dataclass(frozen=True, slots=True)
class Claim:
    """A fact in its parts, with what decides between it and another.

    ``told_at`` is when it was recorded; ``movable`` that its lifecycle lets it be superseded.
    """

    object: str | None
    trust: Trust
    told_at: datetime
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    movable: bool = True

    @property
    def begins(self) -> datetime:
        """Return since when it is claimed to hold: stated, else since it was told."""
        return self.valid_from or self.told_at


@dataclass(frozen=True, slots=True)
class Ruling:
    """A decision with its reason; ``at`` is where the closed fact's validity ends."""

    action: Settle
    reason: str
    at: datetime | None = None


def claim(cube: Cube) -> Claim:
    """Return the claim that a fact's cube makes."""
    payload, version = cube.payload, cube.version
    return Claim(
        object=payload.object if isinstance(payload, Fact) else None,
        trust=version.trust,
        told_at=version.recorded_at,
        valid_from=version.valid_from,
        valid_to=version.valid_to,
        movable=cube.governance.state in RECALLED,
    )


def settle(new: Claim, old: Claim) -> Ruling:
    """Decide between two facts with one subject and one predicate.

    Higher trust wins; at equal trust the later beginning wins; lower trust never supersedes
    higher; what cannot be decided stays, both sides marked.
    """
    if _agree(new, old):
        return Ruling(Settle.AGREE, "no_contradiction")
    if new.trust < old.trust:
        return Ruling(Settle.LINK, "lower_trust")
    equal = new.trust is old.trust
    if new.begins > old.begins and old.movable:
        return Ruling(Settle.SUPERSEDE, "later" if equal else "higher_trust", new.begins)
    stated = new.valid_from is not None and old.valid_from is not None
    if stated and equal and new.begins < old.begins:
        return Ruling(Settle.PRECEDE, "earlier", old.begins)
    return Ruling(Settle.LINK, "undecided" if old.movable else "held")


def _agree(new: Claim, old: Claim) -> bool:
    """Tell whether both can be true: the same object, or other times."""
    if new.object is None or old.object is None:
        same = new.object is old.object
    else:
        same = folded(new.object) == folded(old.object)
    return same or not overlap(new.valid_from, new.valid_to, old.valid_from, old.valid_to)
