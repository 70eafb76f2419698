"""Grants: requests and answers."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import AliasChoices, BeforeValidator, Field, model_validator

from memory_os.domain.access import ROLE_RIGHTS, Role
from memory_os.domain.grants import Grant, Purpose
from memory_os.domain.lifecycle import Right
from memory_os.domain.operations.common import (
    Border,
    Id,
    Limits,
    Moment,
    Namespace,
    Reason,
    ScopedRequest,
)
from memory_os.domain.scope import Scope

_TEN_YEARS = 10 * 365 * 86_400


class GranteeIn(Border):
    """To whom: one ``principal`` by its id, such as an API key's, or all bound to these ids."""

    principal: Id | None = None
    user_id: Id | None = None
    agent_id: Id | None = None
    session_id: Id | None = Field(
        default=None, validation_alias=AliasChoices("session_id", "run_id")
    )
    namespace: Namespace = ()

    @property
    def pattern(self) -> Scope:
        """Return the ids as a scope."""
        return Scope(self.user_id, self.agent_id, self.session_id, self.namespace)

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.principal is None) == (not self.pattern):
            raise ValueError("give a principal, or at least one scope id that callers are bound to")
        return self


def _grantee(value: object) -> object:
    return {"principal": value} if isinstance(value, str) else value


class GrantRequest(ScopedRequest):
    """Give rights on a memory or on a scope to others, until a time or until it is revoked.

    The target is ``memory_id``, or all that lies in the scope. A ``role`` bundles rights; reading
    is always among them. ``purposes`` are what restricted memories may be used for.
    """

    to: Annotated[GranteeIn, BeforeValidator(_grantee)]
    memory_id: Id | None = Field(default=None, validation_alias=AliasChoices("memory_id", "id"))
    role: Role | None = None
    rights: Annotated[tuple[Right, ...], Field(max_length=len(Right))] = ()
    purposes: Annotated[tuple[Purpose, ...], Field(max_length=len(Purpose))] = ()
    until: Moment | None = None
    ttl_seconds: Annotated[int, Field(ge=1, le=_TEN_YEARS)] | None = None
    reason: Reason = ""
    idempotency_key: Id | None = None

    @property
    def all_rights(self) -> frozenset[Right]:
        """Return the rights that are asked for; to read, if nothing else is."""
        bundle = ROLE_RIGHTS[self.role] if self.role else frozenset[Right]()
        return bundle | {*self.rights, Right.READ}

    @model_validator(mode="after")
    def _one_target(self) -> Self:
        if (self.memory_id is None) == (not self.scope):
            raise ValueError("give memory_id, or at least one scope id of what is granted")
        if self.until is not None and self.ttl_seconds is not None:
            raise ValueError("give until or ttl_seconds, not both")
        return self


class GrantsRequest(ScopedRequest):
    """Which grants: on a memory, on exactly a scope, or all that the caller may know of."""

    memory_id: Id | None = None
    ended: bool = False
    limit: int = Field(default=100, ge=1, le=Limits.PAGE)
    cursor: Annotated[str, Field(max_length=500)] | None = None


class Grantee(Border):
    """To whom a grant was given."""

    principal: str | None = None
    user_id: str | None = None
    agent_id: str | None = None
    session_id: str | None = None
    namespace: tuple[str, ...] = ()


class GrantRecord(Border):
    """A grant; ``live`` tells whether it counts now.

    The scope ids are those of the target, for a memory those that it lies in. ``rests_on`` is the
    grant by which the giver could give, or for a merge's result those on its parents, parted by
    spaces: when one of them ends, so does this one.
    """

    id: str
    to: Grantee
    memory_id: str | None = None
    user_id: str | None = None
    agent_id: str | None = None
    session_id: str | None = None
    namespace: tuple[str, ...] = ()
    rights: tuple[Right, ...]
    purposes: tuple[Purpose, ...] = ()
    until: datetime | None = None
    by: str
    at: datetime
    reason: str = ""
    rests_on: str | None = None
    revoked_at: datetime | None = None
    revoked_by: str | None = None
    live: bool


class GrantList(Border):
    """A page of grants, oldest first."""

    results: tuple[GrantRecord, ...]
    next_cursor: str | None = None


def to_grant_record(grant: Grant, *, live: bool) -> GrantRecord:
    """Return ``grant`` as callers see it."""
    pattern, scope = grant.pattern or Scope(), grant.scope
    return GrantRecord(
        id=grant.id,
        to=Grantee(
            principal=grant.principal,
            user_id=pattern.user_id,
            agent_id=pattern.agent_id,
            session_id=pattern.session_id,
            namespace=pattern.namespace,
        ),
        memory_id=grant.memory_id,
        user_id=scope.user_id,
        agent_id=scope.agent_id,
        session_id=scope.session_id,
        namespace=scope.namespace,
        rights=tuple(right for right in Right if right in grant.rights),
        purposes=tuple(purpose for purpose in Purpose if purpose in grant.purposes),
        until=grant.until,
        by=grant.by,
        at=grant.at,
        reason=grant.reason,
        rests_on=grant.rests_on,
        revoked_at=grant.revoked_at,
        revoked_by=grant.revoked_by,
        live=live,
    )
