"""A branch beside main: what the one has otherwise than the other, now."""

from dataclasses import replace
from datetime import datetime

from memory_os.clock import from_micros, to_micros
from memory_os.domain.access import Principal
from memory_os.domain.branch import Branch
from memory_os.domain.lifecycle import Right
from memory_os.domain.operations.past import Difference, DiffRequest, DiffResult
from memory_os.errors import InvalidCursor
from memory_os.governance.guard import admit, bound_scope
from memory_os.kernel.differing import Differing, difference
from memory_os.kernel.moments import Moments
from memory_os.kernel.overlay import Overlay
from memory_os.kernel.parts import Parts
from memory_os.ports.cube_store import Span

_AT_ONCE = 500


class Comparing:
    """Compare branches with main for any principal."""

    def __init__(self, parts: Parts, moments: Moments) -> None:
        self._parts = parts
        self._main = Differing(parts, moments)

    def compare(self, principal: Principal, branch: Branch, request: DiffRequest) -> DiffResult:
        """Return what ``branch`` has otherwise than main now: before is main, after the branch.

        Raises:
            AccessDenied, InvalidCursor.
        """
        access = admit(principal, Right.READ, request.scope)
        overlay = Overlay(self._parts, branch)
        layered = replace(self._parts, store=overlay)
        above = Differing(layered, Moments(layered))
        now, after = self._parts.clock.now(), ""
        if request.cursor is not None:
            now, after = _place(request.cursor)
        scope = bound_scope(principal, request.scope)
        span = Span(branch.at, now, scope, request.scope_match, _AT_ONCE, after)
        found: list[Difference] = []
        while True:
            ids = overlay.differing(access, span)
            left = self._main.at(access, ids, now)
            right = above.at(access, ids, now)
            for cube_id in ids:
                differing = difference(left.get(cube_id), right.get(cube_id))
                if differing is not None:
                    found.append(differing)
                if len(found) == request.limit:
                    cursor = f"{to_micros(now)}.{cube_id}"
                    return _result(found, branch, now=now, cursor=cursor)
            if len(ids) < span.limit:
                return _result(found, branch, now=now, cursor=None)
            span = replace(span, after=ids[-1])


def _result(
    found: list[Difference], branch: Branch, *, now: datetime, cursor: str | None
) -> DiffResult:
    return DiffResult(results=tuple(found), start=branch.at, end=now, next_cursor=cursor)


def _place(cursor: str) -> tuple[datetime, str]:
    at, _, after = cursor.partition(".")
    try:
        return from_micros(int(at)), after
    except (ValueError, OverflowError) as error:
        raise InvalidCursor(
            f"{cursor!r} is no cursor of a diff; pass on next_cursor", field="cursor"
        ) from error
