"""What a principal may give to others: nobody gives what they lack, nor for longer."""

from dataclasses import dataclass

from memory_os.domain.access import Principal
from memory_os.domain.cube import Cube
from memory_os.domain.grants import Allowance, Grant, Purpose
from memory_os.domain.lifecycle import Right
from memory_os.domain.scope import ScopeMatch
from memory_os.errors import AccessDenied
from memory_os.governance.guard import own_rights_on

_TAKES = {Purpose.TRAIN: Right.TRAIN, Purpose.REVIEW: Right.GOVERN}
"""The right that naming a purpose takes besides that to share."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A grant to be, and the memory that it is about, if it is about one."""

    grant: Grant
    cube: Cube | None


def basis(principal: Principal, asked: Asked) -> str | None:
    """Return the grant that the new one rests on, nothing if the caller's own role is enough.

    Raises:
        AccessDenied: neither the role nor one grant alone has the right to share and all that
            would be given, for as long.
    """
    wanted = _wanted(asked.grant)
    own = _own(principal, asked)
    if wanted <= own or _by_law(asked.grant, own, principal):
        return None
    for item in principal.allowances.items:
        if _covers(item, asked) and wanted <= item.rights and _within(asked.grant, item):
            return item.grant_id
    held = own.union(*(i.rights for i in principal.allowances.items if _covers(i, asked)))
    raise _refusal(principal, wanted - held)


def _wanted(grant: Grant) -> frozenset[Right]:
    needed = {_TAKES[purpose] for purpose in grant.purposes if purpose in _TAKES}
    return grant.rights | needed | {Right.SHARE}


def _own(principal: Principal, asked: Asked) -> frozenset[Right]:
    if asked.cube is not None:
        return own_rights_on(principal, asked.cube)
    inside = principal.bindings.reaches(asked.grant.scope, ScopeMatch.EXACT)
    return principal.rights if inside else frozenset()


def _by_law(grant: Grant, own: frozenset[Right], principal: Principal) -> bool:
    """Tell whether this is the erasure by law, given singly by who governs all of the tenant."""
    alone = grant.rights == {Right.READ, Right.LEGAL_ERASE} and not grant.purposes
    return alone and not principal.bindings and Right.GOVERN in own


def _covers(item: Allowance, asked: Asked) -> bool:
    if asked.cube is not None:
        return item.covers(asked.cube.id, asked.cube.scope)
    return item.memory_id is None and item.scope.reaches(asked.grant.scope, ScopeMatch.EXACT)


def _within(grant: Grant, item: Allowance) -> bool:
    lasts = item.until is None or (grant.until is not None and grant.until <= item.until)
    return lasts and grant.purposes <= item.purposes


def _refusal(principal: Principal, lacking: frozenset[Right]) -> AccessDenied:
    if not lacking:
        return AccessDenied(
            "no single grant of the caller has all of these rights and purposes for as long; give "
            "fewer, or until an earlier time"
        )
    names = ", ".join(repr(right.value) for right in sorted(lacking))
    return AccessDenied(
        f"{principal.id!r} lacks {names} here, and nobody gives what they lack; ask a holder",
        right=min(lacking).value,
    )
