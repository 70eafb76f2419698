"""Groups that outgrow their budget, and who leaves them."""

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from datetime import datetime

from memory_os.domain.access import AccessFilter
from memory_os.kernel.parts import Parts
from memory_os.policies.decay import trace_of
from memory_os.policies.eviction import Held, Load, budget, fills, judge
from memory_os.policies.policy_set import Eviction
from memory_os.policies.verdict import Verdict
from memory_os.ports.aging_store import Field, Member


class Crowding:
    """Find what has to leave recall for want of room."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def chosen(
        self,
        access: AccessFilter,
        where: Field,
        settings: Eviction,
        now: datetime,
        left: AbstractSet[str],
    ) -> Iterator[tuple[str, Verdict]]:
        """Yield who leaves, the least worth of each group first; ``left`` are gone already."""
        kinds = (settings.text, settings.activation, settings.parametric)
        if all(limit.max_count is None and limit.max_bytes is None for limit in kinds):
            return
        for crowd in self._parts.aging.crowds(access, where, settings.per):
            limit = budget(crowd.kind, settings)
            if fills(Load(crowd.count, crowd.bytes), limit, settings.start):
                members = self._parts.aging.members(access, where, settings.per, crowd)
                group = _held([each for each in members if each.cube_id not in left], now)
                for held, verdict in judge(group, crowd.kind, settings):
                    yield held.cube_id, verdict


def _held(members: Iterable[Member], now: datetime) -> list[Held]:
    return [
        Held(
            member.cube_id,
            trace_of(member.usage, member.created_at).sigma(now),
            member.bytes,
            pinned=member.pinned or member.frozen,
        )
        for member in members
    ]
