"""A cube store as one branch sees it: the branch's own rows over main as it was at a moment."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from memory_os.clock import from_micros, to_micros
from memory_os.domain.access import AccessFilter
from memory_os.domain.branch import Overlaid, plain_id, stored_id
from memory_os.domain.cube import Cube, Governance
from memory_os.domain.lifecycle import State
from memory_os.domain.query import Visibility, beneath
from memory_os.domain.scope import Scope
from memory_os.domain.statements import Statement
from memory_os.domain.statements import statement as about
from memory_os.kernel.overlay_writing import OverlayWriting, shown
from memory_os.ports.cube_store import IndexRow, Listing, Page, Span
from memory_os.ports.paging import cursor_after, place_of
from memory_os.ports.recall_index import Under


class Overlay(OverlayWriting):
    """The port ``CubeStore`` over another one, for one branch and the length of one call.

    Readers meet each cube under the id it has on main. A cube that was changed on the branch is
    the branch's row from then on; every other one is what main had at the branch point. Writes
    touch the branch's rows only, and copy a cube of main before they change it.
    """

    def under(self, as_of: datetime | None) -> Under:
        """Return what an index is told to hide of both layers."""
        hidden = set()
        for item in self.own().values():
            stored = stored_id(item.id, self.branch.id)
            if item.withheld:
                hidden |= {item.id, stored}
            else:
                hidden.add(item.id if _there(item, as_of) else stored)
        return Under(self.branch.at, frozenset(hidden))

    def get(
        self, access: AccessFilter, ids: Sequence[str], *, as_of: datetime | None = None
    ) -> list[Cube]:
        """Return the heads, or the versions current at ``as_of``; see the port."""
        own = self._mine(ids, as_of)
        found = {cube.id: cube for cube in self.ground.at(access, ids, as_of) if cube.id not in own}
        tops = self.store.get(self.top(access), self.stored(own), as_of=as_of)
        found |= {cube.id: cube for cube in map(shown, tops)}
        return [found[cube_id] for cube_id in ids if cube_id in found]

    def read(self, access: AccessFilter, versions: Sequence[tuple[str, int]]) -> list[Cube | None]:
        """Return these versions, by the ids of readers or of rows; see the port."""
        own = self._mine([plain_id(cube_id) for cube_id, _ in versions], None)
        stored = [(self.stored([plain_id(i)])[0], number) for i, number in versions]
        tops = self.store.read(self.top(access), stored)
        lows = self.ground.read(access, versions)
        heads = {c.id: c.governance for c in self.get(access, list(own))}
        found: list[Cube | None] = []
        for (cube_id, _), above, below in zip(versions, tops, lows, strict=True):
            plain = plain_id(cube_id)
            if plain not in own:
                found.append(below)
            elif above is not None:
                found.append(shown(above))
            else:
                found.append(below and below.moved(heads.get(plain, below.governance)))
        return found

    def find(self, access: AccessFilter, listing: Listing, now: datetime) -> Page:
        """Return a page of both layers in one order; see the port."""
        seen, own = listing.visibility, self.own()
        place = place_of(self.top(access), listing)
        after = (from_micros(place[0]), place[1]) if place else None
        mine = {i for i, item in own.items() if not item.withheld and _there(item, seen.as_of)}
        over = mine | {i for i, item in own.items() if item.withheld}
        plain = replace(listing, cursor=None, limit=listing.limit + 1)
        lower = replace(plain, visibility=beneath(seen, self.branch.at, now), after=after)
        upper = replace(plain, after=after and (after[0], stored_id(after[1], self.branch.id)))

        def above(cubes: Sequence[Cube]) -> list[Cube]:
            return [cube for cube in map(shown, cubes) if cube.id in mine]

        def below(cubes: Sequence[Cube]) -> list[Cube]:
            open_ = [cube for cube in cubes if cube.id not in over]
            return self.ground.then(access, open_, seen.as_of)

        found = self._layer(self.top(access), upper, now, above)
        found += self._layer(access, lower, now, below)
        found.sort(key=lambda cube: (cube.created_at, cube.id), reverse=listing.newest_first)
        page, cursor = tuple(found[: listing.limit]), None
        if len(found) > listing.limit:
            last = page[-1]
            at = to_micros(last.created_at)
            cursor = cursor_after(self.top(access), listing, at, last.id)
        return Page(page, cursor)

    def history(self, access: AccessFilter, cube_id: str) -> list[Cube]:
        """Return the versions up to the branch point and those of the branch; see the port."""
        lower = self.ground.history(access, cube_id)
        if not self._mine([cube_id], None):
            return lower
        upper = self.store.history(self.top(access), self.stored([cube_id])[0])
        if not upper:
            return []
        first, stands = upper[0].version.number, upper[-1].governance
        before = [cube.moved(stands) for cube in lower if cube.version.number < first]
        return before + [shown(cube) for cube in upper]

    def standing(self, tenant_id: str, ids: Sequence[str], at: datetime) -> dict[str, Governance]:
        """Return the governance that each of these cubes had at ``at``; see the port."""
        own = self._mine(ids, at)
        rest = [cube_id for cube_id in ids if cube_id not in own]
        found = self.store.standing(tenant_id, rest, min(at, self.branch.at))
        mine = self.store.standing(tenant_id, self.stored(own), at)
        return found | {plain_id(stored): held for stored, held in mine.items()}

    def touched(self, access: AccessFilter, span: Span) -> list[str]:
        """Return the ids of what may have changed on the branch in ``span``; see the port."""
        lower: list[str] = []
        if span.start < self.branch.at:
            lower = self.store.touched(access, replace(span, end=min(span.end, self.branch.at)))
        return sorted({*lower, *self.written(access, span)})[: span.limit]

    def differing(self, access: AccessFilter, span: Span) -> list[str]:
        """Return the ids of what may differ between the branch and main, like ``touched``."""
        later = self.store.touched(access, replace(span, start=self.branch.at))
        return sorted({*later, *self.written(access, span)})[: span.limit]

    def written(self, access: AccessFilter, span: Span) -> list[str]:
        """Return the ids of what may have been written on the branch in ``span``."""
        after = stored_id(span.after, self.branch.id) if span.after else ""
        found = self.store.touched(self.top(access), replace(span, after=after))
        own = self.own()
        return [i for i in map(plain_id, found) if i in own and not own[i].withheld]

    def by_external_id(self, access: AccessFilter, scope: Scope, external_id: str) -> Cube | None:
        """Return the cube with this external id; see the port."""
        above = self.store.by_external_id(self.top(access), scope, external_id)
        if above is not None:
            return next(iter(self._above([above])), None)
        held = self.store.by_external_id(access, scope, external_id)

        def fits(cube: Cube) -> bool:
            same = cube.scope == scope and cube.external_id == external_id
            return same and cube.governance.state not in (State.EXPIRED, State.ERASED)

        return next(iter(self._below(access, [held] if held else [], fits)), None)

    def by_content(self, access: AccessFilter, scope: Scope, content_hash: str) -> list[Cube]:
        """Return the recallable cubes of this content, oldest first; see the port."""
        above = self.store.by_content(self.top(access), scope, content_hash)
        below = self.store.by_content(access, scope, content_hash)

        def fits(cube: Cube) -> bool:
            same = cube.scope == scope and cube.version.content_hash == content_hash
            return same and cube.recallable

        return _oldest_first(self._above(above), self._below(access, below, fits))

    def held_contents(self, tenant_id: str, hashes: Sequence[str]) -> set[str]:
        """Return which of these content hashes may be there; see the port."""
        everyone = AccessFilter(tenant_id, "", sees_private=True, sees_quarantined=True)
        moved = [cube for cube in self.ground.moved(everyone).values() if cube is not None]
        late = {cube.version.content_hash for cube in moved}
        return self.store.held_contents(tenant_id, hashes) | late.intersection(hashes)

    def by_statement(self, access: AccessFilter, scope: Scope, statement: Statement) -> list[Cube]:
        """Return the recallable facts about this, oldest first; see the port."""
        above = self.store.by_statement(self.top(access), scope, statement)
        below = self.store.by_statement(access, scope, statement)

        def fits(cube: Cube) -> bool:
            same = cube.scope == scope and about(cube.payload) == statement
            return same and cube.recallable

        return _oldest_first(self._above(above), self._below(access, below, fits))

    def last_turn(self, access: AccessFilter, scope: Scope) -> int:
        """Return a turn that no message of either layer lies behind; see the port."""
        both = (access, self.top(access))
        return max(self.store.last_turn(layer, scope) for layer in both)

    def select(
        self, access: AccessFilter, visibility: Visibility, now: datetime
    ) -> NDArray[np.int64]:
        """Return the chunks of both layers that pass; ``under`` says which are hidden."""
        lower = beneath(visibility, self.branch.at, now)
        below = self.store.select(access, lower, now)
        return np.union1d(below, self.store.select(self.top(access), visibility, now))

    def index_rows(self, tenant_id: str, keys: Sequence[tuple[str, int]]) -> list[IndexRow]:
        """Return these versions for indexing, by the ids of readers; see the port."""
        own = self._mine([cube_id for cube_id, _ in keys], None)
        mine = [(self.stored([i])[0], number) for i, number in keys if i in own]
        rows = [
            replace(row, cube=shown(row.cube)) for row in self.store.index_rows(tenant_id, mine)
        ]
        known = {(row.cube.id, row.cube.version.number): row for row in rows}
        rest = [pair for pair in keys if pair not in known]
        for row in self.store.index_rows(tenant_id, rest):
            known[row.cube.id, row.cube.version.number] = row
        return [known[pair] for pair in keys if pair in known]

    def _mine(self, ids: Sequence[str], as_of: datetime | None) -> dict[str, Overlaid]:
        """Return those of the cubes whose row is the branch's at ``as_of``, held back or not."""
        own = self.own()
        return {
            i: own[i] for i in ids if i in own and not own[i].withheld and _there(own[i], as_of)
        }

    def _layer(
        self, access: AccessFilter, listing: Listing, now: datetime, kept: Callable[..., list[Cube]]
    ) -> list[Cube]:
        """Return what is kept of one layer, read on until a page is full."""
        found: list[Cube] = []
        while True:
            page = self.store.find(access, listing, now)
            found += kept(page.cubes)
            if page.cursor is None or len(found) >= listing.limit:
                return found[: listing.limit]
            last = page.cubes[-1]
            listing = replace(listing, after=(last.created_at, last.id))

    def _above(self, cubes: Sequence[Cube]) -> list[Cube]:
        """Return the branch's own cubes as readers know them, those left out that are held back."""
        own = self.own()
        return [cube for cube in map(shown, cubes) if cube.id in own and not own[cube.id].withheld]

    def _below(
        self, access: AccessFilter, today: Sequence[Cube], fits: Callable[[Cube], bool]
    ) -> list[Cube]:
        """Return what fits of the base: ``today`` is what main has of it, if it had it then."""
        own, moved = self.own(), self.ground.moved(access)
        ids = [cube.id for cube in today if cube.id not in own and cube.id not in moved]
        found = self.ground.at(access, ids, None)
        late = [cube for i, cube in moved.items() if cube is not None and i not in own]
        return found + [cube for cube in late if fits(cube)]


def _there(item: Overlaid, as_of: datetime | None) -> bool:
    return as_of is None or item.since <= as_of


def _oldest_first(*found: list[Cube]) -> list[Cube]:
    cubes = [cube for part in found for cube in part]
    return sorted(cubes, key=lambda cube: (cube.created_at, cube.id))
