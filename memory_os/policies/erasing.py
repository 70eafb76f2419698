"""What an erasure takes along, and what becomes of adapters that were trained on it."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from memory_os.domain.erasure import Edge, Erased, Member, Tainted
from memory_os.domain.vocabulary import Kind

POLICY = "erasing-1"
RETRAIN_FROM = 20
"""How many contributors an adapter needs to be trained again without those that were erased."""

MERGE = "merge"


def closure(
    targets: Iterable[str],
    derived: Callable[[Sequence[str]], Iterable[Edge]],
    made_of: Callable[[Sequence[str]], Iterable[Edge]],
    merged: Callable[[Sequence[str]], Mapping[str, str]],
) -> dict[str, Member]:
    """Return what goes with ``targets``, by id, with why.

    That is the targets, the memories that stand behind a target that is a merge's result, and
    everything derived from any of these in whatever role. ``merged`` tells of ids which of them
    stand behind a merge, and behind which result.
    """
    found = dict.fromkeys(targets, Member.TARGET)
    level = list(found)
    while level:
        behind = [edge for edge in made_of(level) if edge.role == MERGE]
        results = merged(sorted({edge.parent for edge in behind}))
        level = _new(
            found, (e.parent for e in behind if results.get(e.parent) == e.child), Member.PARENT
        )
    level = list(found)
    while level:
        level = _new(found, (edge.child for edge in derived(level)), Member.DERIVED)
    return found


def _new(found: dict[str, Member], ids: Iterable[str], role: Member) -> list[str]:
    fresh = [one for one in dict.fromkeys(ids) if one not in found]
    found.update(dict.fromkeys(fresh, role))
    return fresh


def tainted(members: Iterable[Erased], made_of: Iterable[Edge]) -> tuple[Tainted, ...]:
    """Return the adapters among ``members``: all are tainted, detached and unlinked.

    One that keeps ``RETRAIN_FROM`` contributors is to be trained again on these, a smaller one is
    disabled. A target itself is not trained again.
    """
    listed = tuple(members)
    gone = {member.id for member in listed}
    parents: dict[str, set[str]] = {}
    for edge in made_of:
        parents.setdefault(edge.child, set()).add(edge.parent)
    found = []
    for member in listed:
        if member.kind is not Kind.PARAMETRIC:
            continue
        remaining = len(parents.get(member.id, set()) - gone)
        again = member.role is Member.DERIVED and remaining >= RETRAIN_FROM
        found.append(Tainted(member.id, remaining, "retrain" if again else "disable"))
    return tuple(found)
