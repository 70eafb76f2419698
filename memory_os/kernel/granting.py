"""Giving rights to others, telling who has which, and taking them back."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from memory_os.domain.access import Principal
from memory_os.domain.cube import Cube
from memory_os.domain.grants import Grant
from memory_os.domain.journal import Note
from memory_os.domain.lifecycle import Right
from memory_os.domain.operations.common import reason_text
from memory_os.domain.operations.grant import (
    GrantList,
    GrantRecord,
    GrantRequest,
    GrantsRequest,
    to_grant_record,
)
from memory_os.domain.scope import check_id
from memory_os.domain.writing import Permit, Replay, Withdraw, Write
from memory_os.errors import AccessDenied, InvalidCursor, InvalidInput, NotFound
from memory_os.governance.giving import Asked, basis
from memory_os.governance.guard import admit, own_rights_on, rights_in
from memory_os.kernel.allowing import Allowing, lives
from memory_os.kernel.idempotency import digest, once
from memory_os.kernel.lookup import gone, known
from memory_os.kernel.parts import Parts


class Granting:
    """Keep grants for any principal."""

    def __init__(self, parts: Parts, allowing: Allowing) -> None:
        self._parts = parts
        self._allowing = allowing

    def grant(self, principal: Principal, request: GrantRequest) -> GrantRecord:
        """Give rights; they count from the next call on, whoever makes it.

        Raises:
            NotFound: no such memory; AccessDenied: the caller may not share it, or lacks a right
            that it would give; InvalidInput: the time is over already; IdempotencyConflict.
        """
        key = request.idempotency_key
        return once(
            self._parts,
            tenant_id=principal.tenant_id,
            key=f"grant:{principal.id}:{key}" if key else None,
            request_hash=digest(request) if key else "",
            answer_type=GrantRecord,
            act=lambda replay: self._grant(principal, request, replay),
        )

    def grants(self, principal: Principal, request: GrantsRequest) -> GrantList:
        """Return a page of the grants that the caller gave, has, or has the target to share of.

        Raises:
            InvalidCursor: the cursor is of no page.
        """
        now = self._parts.clock.now()
        every = self._allowing.grants(principal.tenant_id)
        if request.cursor is not None and request.cursor not in every:
            raise InvalidCursor(
                f"{request.cursor!r} is no cursor of a list of grants; pass on next_cursor",
                field="cursor",
            )
        found = [
            grant
            for grant in every.values()
            if _asked_for(grant, request) and (request.ended or lives(grant, every, now))
        ]
        shown = [grant for grant in found if self._knows(principal, grant)]
        if request.cursor is not None:
            shown = list(_after(shown, every, request.cursor))
        page = shown[: request.limit]
        return GrantList(
            results=tuple(_told(grant, every, now) for grant in page),
            next_cursor=page[-1].id if len(shown) > len(page) else None,
        )

    def revoke(self, principal: Principal, grant_id: str, reason: str = "") -> GrantRecord:
        """End a grant, and all that rests on it, from the next call on; again changes nothing.

        Raises:
            NotFound: none that the caller may know of; AccessDenied: somebody else gave it, and
            the caller may not share its target.
        """
        why, now = reason_text(reason), self._parts.clock.now()
        every = self._allowing.grants(principal.tenant_id)
        grant = every.get(grant_id)
        if grant is None or not self._knows(principal, grant):
            raise _unknown(grant_id)
        if not (grant.by == principal.id or self._commands(principal, grant)):
            raise AccessDenied(
                f"grant {grant_id!r} was given by somebody else; its giver ends it, or who may "
                "share the target by its own role",
                id=grant_id,
            )
        if grant.revoked_at is None:
            note = Note(principal.id, "revoke", _targets(grant), why)
            op = Withdraw(grant_id, principal.id, note)
            self._parts.store.write(Write(principal.tenant_id, now, (op,)))
            every = self._allowing.grants(principal.tenant_id)
        return _told(every[grant_id], every, now)

    def _grant(
        self,
        principal: Principal,
        request: GrantRequest,
        replay: Callable[[GrantRecord], Replay | None],
    ) -> GrantRecord:
        now = self._parts.clock.now()
        cube = None if request.memory_id is None else self._target(principal, request.memory_id)
        made = Grant(
            id=self._parts.ids.new("grant"),
            tenant_id=principal.tenant_id,
            rights=request.all_rights,
            scope=request.scope if cube is None else cube.scope,
            by=principal.id,
            at=now,
            principal=request.to.principal,
            pattern=None if request.to.principal else request.to.pattern,
            memory_id=request.memory_id,
            purposes=frozenset(request.purposes),
            until=_until(request, now),
            reason=request.reason,
        )
        made = replace(made, rests_on=basis(principal, Asked(made, cube)))
        answer = to_grant_record(made, live=True)
        note = Note(principal.id, "grant", _targets(made), _summary(made))
        write = Write(principal.tenant_id, now, (Permit(made, note),), replay(answer))
        self._parts.store.write(write)
        return answer

    def _target(self, principal: Principal, memory_id: str) -> Cube:
        access = admit(principal, Right.READ, principal.bindings, purpose=None)
        cube = known(self._parts, access, memory_id)
        refusal = gone(self._parts, cube)
        if refusal is not None:
            raise refusal
        return cube

    def _knows(self, principal: Principal, grant: Grant) -> bool:
        """Tell whether the caller gave it, has it, or may share its target."""
        mine = grant.by == principal.id or grant.given_to(principal.id, principal.bindings)
        return mine or self._commands(principal, grant)

    def _commands(self, principal: Principal, grant: Grant) -> bool:
        """Tell whether the caller may share the target by its own role, by no grant."""
        if grant.memory_id is None:
            bare = replace(principal, allowances=principal.allowances.having(Right.GOVERN))
            return Right.SHARE in rights_in(bare, grant.scope)
        access = admit(principal, Right.READ, principal.bindings, purpose=None)
        found = self._parts.store.get(access, [grant.memory_id])
        return bool(found) and Right.SHARE in own_rights_on(principal, found[0])


def _until(request: GrantRequest, now: datetime) -> datetime | None:
    if request.ttl_seconds is not None:
        return now + timedelta(seconds=request.ttl_seconds)
    if request.until is not None and request.until <= now:
        raise InvalidInput(f"until {request.until.isoformat()} is not in the future", field="until")
    return request.until


def _asked_for(grant: Grant, request: GrantsRequest) -> bool:
    if request.memory_id is not None:
        return grant.memory_id == request.memory_id
    return not request.scope or (grant.memory_id is None and grant.scope == request.scope)


def _after(shown: Iterable[Grant], every: Mapping[str, Grant], cursor: str) -> Iterator[Grant]:
    place = {grant_id: at for at, grant_id in enumerate(every)}
    return (grant for grant in shown if place[grant.id] > place[cursor])


def _told(grant: Grant, every: Mapping[str, Grant], now: datetime) -> GrantRecord:
    return to_grant_record(grant, live=lives(grant, every, now))


def _targets(grant: Grant) -> tuple[str, ...]:
    return (grant.id,) if grant.memory_id is None else (grant.id, grant.memory_id)


def _summary(grant: Grant) -> str:
    """Return what the journal says of a grant: which rights, for which purposes, and why."""
    parts = ["+".join(sorted(grant.rights))]
    if grant.purposes:
        parts.append("for " + "+".join(sorted(grant.purposes)))
    return " ".join(parts) + (f": {grant.reason}" if grant.reason else "")


def _unknown(grant_id: str) -> NotFound:
    return NotFound(f"no grant {check_id('grant_id', grant_id)!r}", id=grant_id)
