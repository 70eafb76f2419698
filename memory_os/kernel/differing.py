"""What differs between two times of a scope, a page at a time."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from memory_os.clock import from_micros, to_micros
from memory_os.domain.access import AccessFilter, Principal
from memory_os.domain.cube import Cube
from memory_os.domain.lifecycle import Right
from memory_os.domain.operations.past import (
    Difference,
    DiffRequest,
    DiffResult,
    FieldChange,
)
from memory_os.domain.operations.record import to_memory
from memory_os.domain.past import HIDDEN, Change
from memory_os.errors import InvalidCursor, InvalidInput
from memory_os.governance.guard import admit, bound_scope
from memory_os.kernel.lookup import purged
from memory_os.kernel.moments import Moments
from memory_os.kernel.parts import Parts
from memory_os.kernel.witnessing import Witness
from memory_os.ports.cube_store import Span

_CONTENT = (
    "memory", "payload", "semantic_type", "tags", "metadata", "valid_from", "valid_to",
    "trust", "confidence", "source_class",
)  # fmt: skip
_GOVERNED = ("expires_at", "priority", "pinned")
_AT_ONCE = 500


class Differing:
    """Compare two times for any principal."""

    def __init__(self, parts: Parts, moments: Moments) -> None:
        self._parts = parts
        self._moments = moments
        self._witness = Witness(parts)

    def diff(self, principal: Principal, request: DiffRequest) -> DiffResult:
        """Return what was added, removed, revised and moved after ``start`` and up to ``end``.

        What is quarantined, erased or past its ``purge_at`` today is left out, whatever it was.

        Raises:
            AccessDenied, InvalidInput, NotFound: no such snapshot; InvalidCursor, StoreCorrupt.
        """
        access = admit(principal, Right.READ, request.scope)
        span = self._span(principal, request)
        found: list[Difference] = []
        while len(found) < request.limit:
            ids = self._parts.store.touched(access, span)
            for differing in self.between(access, ids, span.start, span.end):
                found.append(differing)
                if len(found) == request.limit:
                    break
            if len(ids) < span.limit and len(found) < request.limit:
                self._seen(principal, found)
                return DiffResult(results=tuple(found), start=span.start, end=span.end)
            span = replace(span, after=found[-1].id if len(found) == request.limit else ids[-1])
        self._seen(principal, found)
        cursor = f"{to_micros(span.start)}.{to_micros(span.end)}.{span.after}"
        return DiffResult(results=tuple(found), start=span.start, end=span.end, next_cursor=cursor)

    def _seen(self, principal: Principal, found: list[Difference]) -> None:
        told = (memory for each in found for memory in (each.before, each.after))
        self._witness.memories(principal, "diff", (memory for memory in told if memory))

    def between(
        self, access: AccessFilter, ids: Sequence[str], start: datetime, end: datetime
    ) -> Iterator[Difference]:
        """Yield what differs among these cubes, in the order of ``ids``."""
        before, after = self.at(access, ids, start), self.at(access, ids, end)
        for cube_id in ids:
            differing = difference(before.get(cube_id), after.get(cube_id))
            if differing is not None:
                yield differing

    def at(
        self,
        access: AccessFilter,
        ids: Sequence[str],
        moment: datetime,
        *,
        hidden: bool = False,
    ) -> dict[str, Cube]:
        """Return those of the cubes that were there at ``moment``, as they stood.

        With ``hidden`` those too that are quarantined, erased or past their ``purge_at`` today.
        """
        found = self._parts.store.get(access, ids, as_of=moment)
        over = {cube.id for cube in found if purged(self._parts, cube)}
        then = self._moments.then(access.tenant_id, found, moment)
        return {
            cube.id: cube
            for cube in then
            if not cube.gone(moment)
            and (hidden or (cube.governance.state not in HIDDEN and cube.id not in over))
        }

    def _span(self, principal: Principal, request: DiffRequest) -> Span:
        moment = self._moments.moment
        start = moment(principal, request.scope, request.start)
        now = self._parts.clock.now()
        end = now if request.end is None else moment(principal, request.scope, request.end)
        after = ""
        if request.cursor is not None:
            began, ended, after = _place(request.cursor)
            if began != start or (request.end is not None and ended != end):
                raise InvalidCursor("the cursor is of a diff between other times", field="cursor")
            end = ended
        if end < start:
            raise InvalidInput("end must not lie before start", field="end")
        scope = bound_scope(principal, request.scope)
        return Span(start, end, scope, request.scope_match, _AT_ONCE, after)


def difference(before: Cube | None, after: Cube | None) -> Difference | None:
    """Return in what a cube differs, nothing if in nothing that callers see."""
    if before is None or after is None:
        there = before or after
        if there is None:
            return None
        change = Change.ADDED if before is None else Change.REMOVED
        return Difference(
            id=there.id,
            changes=(change,),
            before=to_memory(before) if before else None,
            after=to_memory(after) if after else None,
        )
    was, is_ = to_memory(before), to_memory(after)
    old = was.model_dump(mode="json", include={*_CONTENT, *_GOVERNED, "state"})
    new = is_.model_dump(mode="json", include={*_CONTENT, *_GOVERNED, "state"})
    names = [name for name in (*_CONTENT, "state", *_GOVERNED) if old[name] != new[name]]
    if "memory" in names:
        names.remove("payload")
    if not names:
        return None
    return Difference(
        id=before.id,
        changes=tuple(dict.fromkeys(map(_kind, names))),
        fields=tuple(FieldChange(name=n, before=old[n], after=new[n]) for n in names),
        before=was,
        after=is_,
    )


def _kind(name: str) -> Change:
    if name == "state":
        return Change.TRANSITIONED
    return Change.GOVERNED if name in _GOVERNED else Change.REVISED


def _place(cursor: str) -> tuple[datetime, datetime, str]:
    start, _, rest = cursor.partition(".")
    end, _, after = rest.partition(".")
    try:
        return from_micros(int(start)), from_micros(int(end)), after
    except (ValueError, OverflowError) as error:
        raise InvalidCursor(
            f"{cursor!r} is no cursor of a diff; pass on next_cursor", field="cursor"
        ) from error
