"""Whether what a branch made of a memory goes to main: a three-way comparison, decided."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

Side = Literal["branch", "main"]


class Adopt(StrEnum):
    """What becomes of one memory."""

    KEEP = "keep"
    APPLY = "apply"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class Sides:
    """How a memory differs from the branch point on either side, and the sides from each other."""

    branch_changed: bool
    main_changed: bool
    alike: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to do, and why."""

    action: Adopt
    reason: str


def judge(sides: Sides, prefer: Side | None) -> Verdict:
    """Decide for one memory; ``prefer`` settles what both sides changed."""
    if not sides.branch_changed:
        return Verdict(Adopt.KEEP, "unchanged_on_branch")
    if sides.alike:
        return Verdict(Adopt.KEEP, "already_so_on_main")
    if not sides.main_changed:
        return Verdict(Adopt.APPLY, "changed_on_branch_alone")
    if prefer is None:
        return Verdict(Adopt.CONFLICT, "changed_on_both")
    return Verdict(Adopt.APPLY if prefer == "branch" else Adopt.KEEP, f"{prefer}_preferred")
