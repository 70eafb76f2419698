"""What grants add to a caller, found once a call and at once true.

A look at the number of the last change tells whether what is kept still holds, so a call costs the
same however many grants there are, and a grant or its end counts from the next call on, in every
process.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from memory_os.domain.access import Principal
from memory_os.domain.grants import NONE, Allowance, Allowances, Grant, allowances
from memory_os.domain.scope import Scope
from memory_os.kernel.parts import Parts

_CALLERS = 4_096
_TENANTS = 1_024


@dataclass(slots=True)
class _Known:
    """A tenant's grants as of a change, and what callers were found to have, until when."""

    change: int
    grants: Mapping[str, Grant] = field(default_factory=dict)
    held: dict[tuple[str, Scope], tuple[Allowances, datetime | None]] = field(default_factory=dict)


class Allowing:
    """Find allowances. Safe to call from many threads."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._known: dict[str, _Known] = {}

    def arm(self, principal: Principal) -> Principal:
        """Return the principal with what live grants allow it now."""
        held = self._held(principal)
        return principal if held is principal.allowances else replace(principal, allowances=held)

    def grants(self, tenant_id: str) -> Mapping[str, Grant]:
        """Return every grant of the tenant by id, oldest first."""
        return self._current(tenant_id).grants

    def _held(self, principal: Principal) -> Allowances:
        known = self._current(principal.tenant_id)
        if not known.grants:
            return NONE
        now, caller = self._parts.clock.now(), (principal.id, principal.bindings)
        found = known.held.get(caller)
        if found is None or (found[1] is not None and found[1] <= now):
            given = [g for g in known.grants.values() if g.given_to(*caller)]
            items = [_allowance(g, known.grants) for g in given if lives(g, known.grants, now)]
            ends = [item.until for item in items if item.until is not None]
            found = allowances(items), min(ends, default=None)
            if len(known.held) >= _CALLERS:
                known.held.clear()
            known.held[caller] = found
        return found[0]

    def _current(self, tenant_id: str) -> _Known:
        store = self._parts.grants
        change = store.changed(tenant_id)
        known = self._known.get(tenant_id)
        if known is None or known.change != change:
            known = _Known(change, _by_id(store.list_grants(tenant_id)) if change else {})
            if len(self._known) >= _TENANTS:
                self._known.clear()
            self._known[tenant_id] = known
        return known


def lives(grant: Grant, known: Mapping[str, Grant], now: datetime) -> bool:
    """Tell whether a grant and all that it rests on stand at ``now``."""
    return all(one.stands(now) for one in _chain(grant, known))


def ends(grant: Grant, known: Mapping[str, Grant]) -> datetime | None:
    """Return when a grant ends by itself: its own time, or that of one that it rests on."""
    return min((one.until for one in _chain(grant, known) if one.until), default=None)


def _chain(grant: Grant, known: Mapping[str, Grant]) -> Iterable[Grant]:
    found = {grant.id: grant}
    waiting = [grant]
    while waiting:
        bases = (known[one] for one in waiting.pop().bases if one not in found)
        fresh = {base.id: base for base in bases}
        found |= fresh
        waiting += fresh.values()
    return found.values()


def _allowance(grant: Grant, known: Mapping[str, Grant]) -> Allowance:
    return Allowance(
        grant.rights,
        grant.scope,
        grant.memory_id,
        grant.purposes,
        until=ends(grant, known),
        grant_id=grant.id,
    )


def _by_id(grants: Iterable[Grant]) -> dict[str, Grant]:
    return {grant.id: grant for grant in grants}
