"""Reading memories by id, by page and through time."""

from dataclasses import replace

from memory_os.domain.access import AccessFilter, Principal
from memory_os.domain.cube import Cube
from memory_os.domain.lifecycle import Right, State
from memory_os.domain.operations import HistoryResult, ListRequest, Memory, MemoryPage
from memory_os.domain.operations.record import to_memory, to_revision
from memory_os.domain.scope import ScopeMatch
from memory_os.errors import Erased, NotFound
from memory_os.governance.guard import admit
from memory_os.kernel.counting import Counting
from memory_os.kernel.lookup import checked, gone, hidden, known, purged, unknown
from memory_os.kernel.moments import Moments, parsed
from memory_os.kernel.parts import Parts
from memory_os.kernel.veiling import Veil
from memory_os.kernel.witnessing import Witness
from memory_os.ports.cube_store import Listing

LISTED = frozenset({State.GENERATED, State.ACTIVATED, State.ARCHIVED, State.FROZEN})


class Reading:
    """Read memories for any principal."""

    def __init__(self, parts: Parts, moments: Moments, using: Counting) -> None:
        self._parts = parts
        self._using = using
        self._moments = moments
        self._witness = Witness(parts)
        self._veil = Veil(parts)

    def get(
        self,
        principal: Principal,
        memory_id: str,
        as_of: str | None = None,
        valid_at: str | None = None,
    ) -> Memory:
        """Return the memory now, or as it was recorded at ``as_of``, if it holds at ``valid_at``.

        Raises:
            NotFound: unknown, foreign, not recorded by then, deleted or expired by then, past its
                ``purge_at``, not valid then, or quarantined and the caller is no reviewer.
            Erased: only the tombstone is left.
        """
        access = admit(principal, Right.READ, principal.bindings)
        self._using.settle_due(principal.tenant_id)
        moment = None
        if as_of is not None:
            moment = self._moments.moment(principal, principal.bindings, as_of)
        found = known(self._parts, access, memory_id, moment)
        cube = self._moments.then(principal.tenant_id, [found], moment)[0]
        if cube.governance.state is State.ERASED:
            raise Erased(f"memory {memory_id!r} was erased", id=memory_id)
        now_alone = moment is None or purged(self._parts, found)
        refusal = gone(self._parts, found) if now_alone else None
        if refusal is not None:
            raise refusal
        if valid_at is not None and not cube.version.holds(parsed(valid_at, "valid_at")):
            raise NotFound(f"memory {memory_id!r} does not hold at {valid_at}", id=memory_id)
        if moment is not None and cube.gone(moment):
            raise NotFound(f"memory {memory_id!r} was deleted or expired by {as_of}", id=memory_id)
        self._witness.cubes(principal, "get", [cube])
        if moment is None:
            self._using.renewed(principal.tenant_id, (cube,))
        return to_memory(self._veil.cube(access, cube))

    def get_all(self, principal: Principal, request: ListRequest) -> MemoryPage:
        """Return a page of memories in the order of their creation.

        Raises:
            InvalidCursor: the cursor is damaged or belongs to another listing.
        """
        access = admit(principal, Right.READ, request.scope)
        self._using.settle_due(principal.tenant_id)
        request = self._moments.resolved(principal, request)
        visibility = replace(
            request.visibility(ScopeMatch.EXACT), any_validity=request.any_validity
        )
        if request.states is None:
            visibility = replace(visibility, states=LISTED)
        listing = Listing(visibility, request.limit, request.cursor, request.newest_first)
        found, cursor = self._page(access, listing)
        cubes = self._moments.then(principal.tenant_id, found, visibility.as_of)
        self._witness.cubes(principal, "list", cubes)
        results = tuple(to_memory(cube) for cube in self._veil.cubes(access, cubes))
        return MemoryPage.model_construct(results=results, next_cursor=cursor)

    def _page(self, access: AccessFilter, listing: Listing) -> tuple[list[Cube], str | None]:
        """Read on until the page is full: what is past its ``purge_at`` takes no place in it."""
        cubes: list[Cube] = []
        while True:
            rest = replace(listing, limit=listing.limit - len(cubes))
            page = self._parts.store.find(access, rest, self._parts.clock.now())
            cubes += [cube for cube in page.cubes if not purged(self._parts, cube)]
            if page.cursor is None or len(cubes) == listing.limit:
                return cubes, page.cursor
            listing = replace(listing, cursor=page.cursor)

    def history(self, principal: Principal, memory_id: str) -> HistoryResult:
        """Return every version of the memory, oldest first, deleted or not.

        Raises:
            NotFound: unknown, foreign, or past its ``purge_at``; AccessDenied: restricted.
        """
        access = admit(principal, Right.READ, principal.bindings)
        versions = self._parts.store.history(access, checked(memory_id))
        if not versions:
            raise hidden(self._parts, access, memory_id)
        if purged(self._parts, versions[-1]):
            raise unknown(memory_id)
        self._witness.cubes(principal, "history", versions)
        return HistoryResult.model_construct(
            results=tuple(map(to_revision, self._veil.cubes(access, versions)))
        )
