"""Moments: what a named one stands for, and cubes as they stood at one."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar

from memory_os.clock import exact_moment
from memory_os.domain.access import Principal
from memory_os.domain.cube import Cube
from memory_os.domain.lifecycle import Right
from memory_os.domain.operations import VisibleRequest
from memory_os.domain.past import SNAPSHOT, Snapshot, as_then, choose
from memory_os.domain.scope import Scope, ScopeMatch
from memory_os.errors import InvalidInput, NotFound, StoreCorrupt
from memory_os.governance.guard import bound_scope, rights_in
from memory_os.kernel.parts import Parts

Request = TypeVar("Request", bound=VisibleRequest)


class Moments:
    """Resolve moments for any principal."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def resolved(self, principal: Principal, request: Request) -> Request:
        """Return ``request`` with the moment that its ``as_of`` names."""
        if not isinstance(request.as_of, str):
            return request
        moment = self.moment(principal, request.scope, request.as_of)
        return request.model_copy(update={"as_of": moment})

    def moment(self, principal: Principal, scope: Scope, when: datetime | str) -> datetime:
        """Return the moment that ``when`` is or names for a call in ``scope``.

        Raises:
            InvalidInput: it is no time and no snapshot, or the name stands for several.
            NotFound: there is no snapshot of this name that the caller may see.
            StoreCorrupt: the journal is not what it was when the snapshot was made.
        """
        if isinstance(when, datetime):
            return when
        if not when.startswith(SNAPSHOT):
            return parsed(when)
        snapshot = self.snapshot(principal, scope, when.removeprefix(SNAPSHOT))
        held = self._parts.store.checkpoint(principal.tenant_id, snapshot.seq)
        if held != snapshot.hash:
            raise StoreCorrupt(
                f"snapshot {snapshot.name!r} was made at journal entry {snapshot.seq}, whose hash "
                "is another now: history was altered; restore the database from a backup",
                name=snapshot.name,
                seq=snapshot.seq,
            )
        return snapshot.at

    def snapshot(self, principal: Principal, scope: Scope, name: str) -> Snapshot:
        """Return the snapshot that ``name`` means in ``scope``."""
        named = self._parts.snapshots.list_snapshots(principal.tenant_id, name)
        found = choose([s for s in named if sees(principal, s)], bound_scope(principal, scope))
        if not found:
            raise NotFound(f"no snapshot {name!r}; list those there are", name=name)
        if len(found) > 1:
            raise InvalidInput(
                f"{len(found)} scopes have a snapshot {name!r}; name the scope ids of one",
                field="as_of",
            )
        return found[0]

    def then(self, tenant_id: str, cubes: Sequence[Cube], at: datetime | None) -> list[Cube]:
        """Return ``cubes`` with the governance of ``at``, in which rights are those of today."""
        if at is None or not cubes:
            return list(cubes)
        known = self._parts.store.standing(tenant_id, [cube.id for cube in cubes], at)
        return [
            cube.moved(as_then(cube.governance, known[cube.id])) if cube.id in known else cube
            for cube in cubes
        ]


def sees(principal: Principal, snapshot: Snapshot) -> bool:
    """Tell whether the principal may know of a snapshot."""
    own = principal.bindings.reaches(snapshot.scope, ScopeMatch.INHERIT)
    return own or Right.READ in rights_in(principal, snapshot.scope)


def parsed(text: str, field: str = "as_of") -> datetime:
    """Return the moment that ISO 8601 ``text`` names.

    Raises:
        InvalidInput: it is no time, or has no zone.
    """
    try:
        return exact_moment(text)
    except InvalidInput as error:
        raise InvalidInput(f"{field}: {error.message}", field=field) from error
