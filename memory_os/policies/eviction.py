"""Eviction: what leaves recall where a group of memories outgrows its budget.

The order follows GreedyDual-Size-Frequency: the lowest ``σ · rebuild_seconds / bytes`` goes first.
Nothing is deleted: text is archived, a prefix cache drops its tensors, an adapter is detached.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from memory_os.domain.vocabulary import Kind
from memory_os.policies.policy_set import Budget, Eviction
from memory_os.policies.verdict import Action, Verdict

POLICY = "eviction@1"


@dataclass(frozen=True, slots=True)
class Held:
    """A memory of a group: how strong, how large, and whether it may go."""

    cube_id: str
    sigma: float
    bytes: int
    pinned: bool = False


@dataclass(frozen=True, slots=True)
class Load:
    """How much a group holds."""

    count: int
    bytes: int


def budget(kind: Kind, settings: Eviction) -> Budget:
    """Return the budget of a kind."""
    return {
        Kind.TEXT: settings.text,
        Kind.ACTIVATION: settings.activation,
        Kind.PARAMETRIC: settings.parametric,
    }[kind]


def fills(load: Load, limit: Budget, share: float) -> bool:
    """Tell whether a group fills more than ``share`` of its budget."""
    by_count = limit.max_count is not None and load.count > share * limit.max_count
    by_bytes = limit.max_bytes is not None and load.bytes > share * limit.max_bytes
    return by_count or by_bytes


def worth(held: Held, limit: Budget) -> float:
    """Return what keeping a memory is worth for each byte that it takes."""
    return held.sigma * limit.rebuild_seconds / max(1, held.bytes)


def judge(group: Sequence[Held], kind: Kind, settings: Eviction) -> list[tuple[Held, Verdict]]:
    """Decide who leaves a group, the least worth first; what is pinned counts but stays."""
    limit = budget(kind, settings)
    load = Load(len(group), sum(held.bytes for held in group))
    if not fills(load, limit, settings.start):
        return []
    gone: list[tuple[Held, Verdict]] = []
    action = Action.ARCHIVE if kind is Kind.TEXT else Action.DEMOTE
    for held in _order(group, limit):
        if not fills(load, limit, settings.stop):
            break
        inputs = {"worth": worth(held, limit), "count": load.count, "bytes": load.bytes}
        gone.append((held, Verdict(action, "over_budget", inputs)))
        load = Load(load.count - 1, load.bytes - held.bytes)
    return gone


def _order(group: Iterable[Held], limit: Budget) -> list[Held]:
    free = [held for held in group if not held.pinned]
    return sorted(free, key=lambda held: (worth(held, limit), held.cube_id))
