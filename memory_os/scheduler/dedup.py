"""Merging what says the same: new memories against those of exactly their scope."""

from dataclasses import dataclass, field

from pydantic import JsonValue

from memory_os.domain.access import AccessFilter, access_filter
from memory_os.domain.cube import Cube
from memory_os.domain.lifecycle import RECALLED
from memory_os.domain.operations.merge import DuplicatesRequest, Likeness, MergeRequest
from memory_os.domain.vocabulary import Visibility
from memory_os.errors import IllegalTransition, NotFound
from memory_os.kernel.likeness import compared
from memory_os.policies.admission import deduplicates
from memory_os.policies.merging import POLICY, Merge
from memory_os.scheduler.turn import Turn

NEIGHBOURS = 20
"""With how many of those that search finds nearest a memory is compared."""

PAIRS = 1_000
"""How many pairs of a whole tenant one job merges at most."""


@dataclass(slots=True)
class _Found:
    """What a job has done: merged parents, and pairs left for somebody to look at."""

    merged: list[JsonValue] = field(default_factory=list)
    conflicts: list[JsonValue] = field(default_factory=list)
    review: list[JsonValue] = field(default_factory=list)
    unsettled: int = 0


def dedup(turn: Turn) -> dict[str, JsonValue]:
    """Merge what the policy merges unseen; name conflicts and doubtful pairs.

    A memory that was edited a moment ago is left to the job of that edit. One that is gone, or
    merged already, is passed over, so that doing the job twice does nothing twice.
    """
    found = _Found()
    access = access_filter(turn.principal)
    for one, other in _pairs(turn):
        turn.check()
        _compare(turn, access, one, other, found)
    return {
        "merged": found.merged,
        "conflicts": found.conflicts,
        "review": found.review,
        "unsettled": found.unsettled,
        "policy": POLICY,
    }


def _pairs(turn: Turn) -> list[tuple[str, str | None]]:
    """Return each target, to be compared with its neighbours, or the near pairs of the tenant."""
    if turn.job.targets:
        return [(one, None) for one in turn.job.targets]
    request = DuplicatesRequest(action=Merge.MERGE.value, limit=PAIRS)
    near = turn.kernel.duplicates(turn.principal, request)
    return [(pair.one, pair.other) for pair in near.results]


def _compare(turn: Turn, access: AccessFilter, one: str, other: str | None, found: _Found) -> None:
    parts = turn.kernel.parts
    heads = parts.store.get(access, [one])
    if not heads or not _comparable(turn, heads[0]):
        return
    cube = heads[0]
    if cube.version.recorded_at > parts.clock.now() - parts.rules.settled_after:
        found.unsettled += 1
        return
    near = (
        turn.kernel.nearest(turn.principal, cube, NEIGHBOURS)
        if other is None
        else parts.store.get(access, [other])
    )
    mates = [mate for mate in near if _may_meet(turn, cube, mate)]
    limits = turn.kernel.aging.policies.of(cube.tenant_id, cube.scope.agent_id).merge
    for likeness in compared(parts, cube, mates, limits):
        pair: list[JsonValue] = [likeness.one, likeness.other]
        if likeness.action == Merge.CONFLICT:
            found.conflicts.append(pair)
        elif likeness.action == Merge.REVIEW:
            found.review.append(pair)
        elif likeness.action == Merge.MERGE and _merge(turn, likeness):
            found.merged.append(pair)
            return


def _comparable(turn: Turn, cube: Cube) -> bool:
    now = turn.kernel.parts.clock.now()
    standing = cube.governance.state in RECALLED and not cube.gone(now)
    return standing and deduplicates(cube.payload)


def _may_meet(turn: Turn, cube: Cube, mate: Cube) -> bool:
    """Tell whether both lie in one place and are seen by the same people."""
    same = (
        cube.scope == mate.scope
        and cube.version.branch == mate.version.branch
        and cube.governance.visibility is mate.governance.visibility
    )
    private = cube.governance.visibility is Visibility.PRIVATE
    return (
        same
        and cube.id != mate.id
        and (not private or cube.made_by == mate.made_by)
        and _comparable(turn, mate)
    )


def _merge(turn: Turn, likeness: Likeness) -> bool:
    """Merge a pair; false if one of them has been moved away meanwhile."""
    request = MergeRequest(
        parents=(likeness.one, likeness.other),
        reason=f"{POLICY} by job {turn.job.id}",
        dry_run=turn.job.dry_run,
    )
    try:
        turn.kernel.merge(turn.principal, request)
    except (IllegalTransition, NotFound):
        return False
    return True
