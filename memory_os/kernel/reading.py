"""Reading memories by id, by page and through time."""

from dataclasses import replace
from datetime import datetime

from memory_os.clock import to_utc
from memory_os.domain.access import AccessFilter, Principal
from memory_os.domain.cube import Cube
from memory_os.domain.filters import Condition
from memory_os.domain.lifecycle import Right, State
from memory_os.domain.operations import HistoryResult, ListRequest, Memory, MemoryPage
from memory_os.domain.operations.record import to_memory, to_revision
from memory_os.domain.query import Visibility
from memory_os.domain.scope import ScopeMatch
from memory_os.domain.vocabulary import Kind
from memory_os.errors import Erased, InvalidInput, NotFound
from memory_os.governance.guard import admit
from memory_os.kernel.lookup import checked, gone, known, purged, unknown
from memory_os.kernel.parts import Parts
from memory_os.ports.cube_store import Listing

LISTED = frozenset({State.GENERATED, State.ACTIVATED, State.ARCHIVED, State.FROZEN})


class Reading:
    """Read memories for any principal."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def get(self, principal: Principal, memory_id: str, as_of: str | None) -> Memory:
        """Return the memory now, or as it was recorded at ``as_of``.

        Raises:
            NotFound: unknown, foreign, not recorded by then, deleted since, past its ``purge_at``,
                or quarantined and the caller is no reviewer.
            Erased: only the tombstone is left.
        """
        access = admit(principal, Right.READ, principal.bindings)
        moment = parse_moment(as_of)
        cube = known(self._parts.store, access, memory_id, moment)
        if cube.governance.state is State.ERASED:
            raise Erased(f"memory {memory_id!r} was erased", id=memory_id)
        if moment is not None and not self._stood(access, memory_id, moment):
            raise NotFound(f"no memory {memory_id!r} at {moment.isoformat()}", id=memory_id)
        now_alone = moment is None or purged(self._parts, cube)
        refusal = gone(self._parts, cube) if now_alone else None
        if refusal is not None:
            raise refusal
        return to_memory(cube)

    def _stood(self, access: AccessFilter, memory_id: str, moment: datetime) -> bool:
        """Tell whether the memory was there at a moment: recorded, and neither deleted nor over."""
        there = Visibility(
            as_of=moment,
            any_validity=True,
            kinds=frozenset(Kind),
            states=frozenset(State) - {State.EXPIRED, State.ERASED},
            filter=Condition("id", "eq", memory_id),
        )
        found = self._parts.store.find(access, Listing(there, 1), self._parts.clock.now())
        return bool(found.cubes)

    def get_all(self, principal: Principal, request: ListRequest) -> MemoryPage:
        """Return a page of memories in the order of their creation.

        Raises:
            InvalidCursor: the cursor is damaged or belongs to another listing.
        """
        access = admit(principal, Right.READ, request.scope)
        visibility = replace(
            request.visibility(ScopeMatch.EXACT), any_validity=request.any_validity
        )
        if request.states is None:
            visibility = replace(visibility, states=LISTED)
        listing = Listing(visibility, request.limit, request.cursor, request.newest_first)
        cubes, cursor = self._page(access, listing)
        results = tuple(to_memory(cube) for cube in cubes)
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
            NotFound: unknown, foreign, or past its ``purge_at``.
        """
        access = admit(principal, Right.READ, principal.bindings)
        versions = self._parts.store.history(access, checked(memory_id))
        if not versions or purged(self._parts, versions[-1]):
            raise unknown(memory_id)
        return HistoryResult.model_construct(results=tuple(to_revision(cube) for cube in versions))


def parse_moment(text: str | None) -> datetime | None:
    """Return the moment that ISO 8601 ``text`` names.

    Raises:
        InvalidInput: it is no time, or has no zone.
    """
    if text is None:
        return None
    try:
        return to_utc(datetime.fromisoformat(text))
    except ValueError as error:
        raise InvalidInput(
            f"{text!r} is no ISO 8601 time; write it as 2026-03-01T12:00:00Z", field="as_of"
        ) from error
