"""Reading cubes: by id, by version, by page and through time."""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from sqlalchemy import and_, or_, select, tuple_
from sqlalchemy.sql.expression import literal

from memory_os.clock import from_micros, to_micros
from memory_os.domain.access import AccessFilter
from memory_os.domain.cube import Cube, Governance
from memory_os.domain.scope import Scope, ScopeMatch
from memory_os.domain.statements import Statement
from memory_os.domain.writing import Replay
from memory_os.errors import InvalidInput
from memory_os.ports.cube_store import REPLAY_KEPT, Listing, Page, Span
from memory_os.ports.paging import cursor_after, place_of
from memory_os_stores.sql.admission import accessible, admits, joined, reached, visible
from memory_os_stores.sql.codec import Row, cube_of, governance_of, joined_statement
from memory_os_stores.sql.database import Database
from memory_os_stores.sql.reads import AT_HEAD, CUBE_COLUMNS, reads
from memory_os_stores.sql.tables import cubes, versions
from memory_os_stores.sql.writes import changes

_CONTENT_KEY = 16


class Reader:
    """Read cubes from a database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._text = reads(database.dialect)
        self._change = changes(database.dialect)

    def get(self, access: AccessFilter, ids: Sequence[str], as_of: datetime | None) -> list[Cube]:
        """Return the heads, or the versions of ``as_of``, in the order of ``ids``."""
        named = json.dumps(list(ids))
        with self._database.reading() as lane:
            if as_of is None:
                rows = lane.rows(self._text.heads, (access.tenant_id, named))
            else:
                at = to_micros(as_of)
                rows = lane.rows(self._text.heads_at, (access.tenant_id, named, at, at))
        found = {row[1]: row for row in rows if admits(access, row)}
        return [cube_of(found[cube_id]) for cube_id in ids if cube_id in found]

    def read(self, access: AccessFilter, versions: Sequence[tuple[str, int]]) -> list[Cube | None]:
        """Return these versions, nothing for those that are not there to be seen."""
        pairs = json.dumps(list(versions))
        with self._database.reading() as lane:
            rows = lane.rows(self._text.versions, (access.tenant_id, pairs))
        found = {(row[1], row[13]): row for row in rows if admits(access, row)}
        return [cube_of(found[pair]) if pair in found else None for pair in versions]

    def history(self, access: AccessFilter, cube_id: str) -> list[Cube]:
        """Return every version of a cube, oldest first."""
        with self._database.reading() as lane:
            rows = lane.rows(self._text.history, (access.tenant_id, cube_id))
        return list(_cubes(access, rows))

    def standing(self, tenant_id: str, ids: Sequence[str], at: datetime) -> dict[str, Governance]:
        """Return the governance that each of these cubes had at ``at``."""
        named, moment = json.dumps(list(ids)), to_micros(at)
        with self._database.snapshot() as lane:
            rows = lane.rows(self._text.standing, (tenant_id, named, moment))
            rows += lane.rows(self._text.standing_then, (tenant_id, named, moment, moment))
        return {cube_id: governance_of(text) for cube_id, text in rows}

    def touched(self, access: AccessFilter, span: Span) -> list[str]:
        """Return the ids of the cubes that may have changed in ``span``, ascending."""
        start, end = to_micros(span.start), to_micros(span.end)
        changed = or_(
            versions.c.recorded_at > start,
            cubes.c.state_at > start,
            and_(cubes.c.due_at > start, cubes.c.due_at <= end),
        )
        query = (
            select(cubes.c.cube_id)
            .select_from(cubes.join(versions, AT_HEAD))
            .where(accessible(access), reached(span.scope, span.match), changed)
            .where(cubes.c.created_at <= end, cubes.c.cube_id > span.after)
            .order_by(cubes.c.cube_id)
            .limit(span.limit)
        )
        with self._database.reading() as lane:
            return [row[0] for row in lane.connection.execute(query)]

    def by_external_id(self, access: AccessFilter, scope: Scope, external_id: str) -> Cube | None:
        """Return the cube with this external id in exactly this scope."""
        place = (access.tenant_id, scope.key(), external_id, access.branch)
        with self._database.reading() as lane:
            rows = lane.rows(self._text.external, place)
        return next(_cubes(access, rows), None)

    def by_content(self, access: AccessFilter, scope: Scope, content_hash: str) -> list[Cube]:
        """Return the recallable cubes of this content in exactly this scope, oldest first."""
        tenant, hash_key = access.tenant_id, content_hash[:_CONTENT_KEY]
        place = (tenant, tenant, hash_key, content_hash, scope.key())
        with self._database.reading() as lane:
            rows = lane.rows(self._text.content, place)
        return list(_cubes(access, rows))

    def held_contents(self, tenant_id: str, hashes: Sequence[str]) -> set[str]:
        """Return which of these content hashes a head of the tenant has."""
        keys = json.dumps([content_hash[:_CONTENT_KEY] for content_hash in hashes])
        with self._database.reading() as lane:
            found = {str(row[0]) for row in lane.rows(self._text.held, (tenant_id, keys))}
        return found.intersection(hashes)

    def by_statement(self, access: AccessFilter, scope: Scope, statement: Statement) -> list[Cube]:
        """Return the recallable facts with this subject and predicate, oldest first."""
        tenant, about = access.tenant_id, joined_statement(statement)
        with self._database.reading() as lane:
            rows = lane.rows(self._text.statement, (tenant, tenant, about, scope.key()))
        return list(_cubes(access, rows))

    def last_turn(self, access: AccessFilter, scope: Scope) -> int:
        """Return the highest turn of a message in exactly this scope, or 0."""
        bound, opened = access.bindings, access.allowances.opened
        if not (bound.reaches(scope, ScopeMatch.INHERIT) or opened.covers("", scope)):
            return 0
        own = scope.user_id is not None and scope.user_id == bound.user_id
        sees = int(access.sees_private or own or opened.covers("", scope, private=True))
        place = (access.tenant_id, scope.key(), access.branch, sees, access.principal_id)
        with self._database.reading() as lane:
            rows = lane.rows(self._text.turn, place)
        return int(rows[0][0]) if rows else 0

    def find(self, access: AccessFilter, listing: Listing, now: datetime) -> Page:
        """Return a page in the order of (created_at, id)."""
        if listing.limit < 1:
            raise InvalidInput(f"limit must be at least 1, not {listing.limit}", field="limit")
        place = place_of(access, listing)
        if listing.after is not None:
            place = to_micros(listing.after[0]), listing.after[1]
        order = (cubes.c.created_at, cubes.c.cube_id)
        seen = listing.visibility
        query = select(*CUBE_COLUMNS).select_from(joined(seen)).where(visible(access, seen, now))
        if place is not None:
            at, cube_id = place
            here = tuple_(*order)
            bound = tuple_(literal(at), literal(cube_id))
            query = query.where(here < bound if listing.newest_first else here > bound)
        ordered = [column.desc() for column in order] if listing.newest_first else list(order)
        query = query.order_by(*ordered).limit(listing.limit + 1)
        with self._database.reading() as lane:
            rows = [tuple(row) for row in lane.connection.execute(query)]
        page = rows[: listing.limit]
        more = len(rows) > listing.limit
        last = page[-1] if page else ()
        cursor = cursor_after(access, listing, last[8], last[1]) if more else None
        return Page(tuple(map(cube_of, page)), cursor)

    def replay(self, tenant_id: str, key: str, now: datetime) -> Replay | None:
        """Return the record under an idempotency key that is not too old."""
        with self._database.reading() as lane:
            rows = lane.rows(self._change.replay, (tenant_id, key))
        if not rows or rows[0][2] < to_micros(now - REPLAY_KEPT):
            return None
        request_hash, answer, at = rows[0]
        return Replay(key, request_hash, answer, from_micros(at))


def _cubes(access: AccessFilter, rows: Iterable[Row]) -> Iterator[Cube]:
    return (cube_of(row) for row in rows if admits(access, row))
