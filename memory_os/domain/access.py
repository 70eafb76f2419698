"""Who calls, and the filter that every port method runs under."""

from dataclasses import dataclass, field
from enum import StrEnum

from memory_os.domain.cube import MAIN
from memory_os.domain.grants import NONE, Allowances, Purpose
from memory_os.domain.lifecycle import Right
from memory_os.domain.scope import Scope, ScopeMatch
from memory_os.domain.vocabulary import SourceClass, Visibility
from memory_os.errors import AccessDenied

DEFAULT_TENANT = "default"


class PrincipalKind(StrEnum):
    """What sort of caller a credential stands for."""

    USER = "user"
    AGENT = "agent"
    SERVICE = "service"
    OPERATOR = "operator"


class Role(StrEnum):
    """A named bundle of rights, carried by an API key."""

    READ = "read"
    WRITE = "write"
    SHARE = "share"
    ADMIN = "admin"


_READ = frozenset({Right.READ})
_WRITE = _READ | {Right.WRITE}
ROLE_RIGHTS: dict[Role, frozenset[Right]] = {
    Role.READ: _READ,
    Role.WRITE: _WRITE,
    Role.SHARE: _WRITE | {Right.SHARE, Right.RELAY},
    Role.ADMIN: frozenset(Right) - {Right.LEGAL_ERASE},
}

DEFAULT_ROLE: dict[PrincipalKind, Role] = {
    PrincipalKind.USER: Role.SHARE,
    PrincipalKind.AGENT: Role.WRITE,
    PrincipalKind.SERVICE: Role.WRITE,
    PrincipalKind.OPERATOR: Role.ADMIN,
}
"""The role that a credential of a kind has unless another is named."""

SOURCE_OF_KIND: dict[PrincipalKind, SourceClass] = {
    PrincipalKind.USER: SourceClass.USER_INPUT,
    PrincipalKind.AGENT: SourceClass.AGENT_OUTPUT,
    PrincipalKind.SERVICE: SourceClass.USER_INPUT,
    PrincipalKind.OPERATOR: SourceClass.OPERATOR,
}


def rights_of(role: Role, kind: PrincipalKind) -> frozenset[Right]:
    """Return the rights of a credential on its own scope.

    A user who may share may erase too, and a service that may write may relay what users said.
    """
    rights = ROLE_RIGHTS[role]
    if kind is PrincipalKind.USER and Right.SHARE in rights:
        return rights | {Right.ERASE}
    if kind is PrincipalKind.SERVICE and Right.WRITE in rights:
        return rights | {Right.RELAY}
    return rights


@dataclass(frozen=True, slots=True)
class Principal:
    """A caller, built from the credential and never from a request body.

    ``bindings`` are the scope ids the credential is tied to, ``rights`` what it may do there.
    ``allowances`` are what grants add to that elsewhere, at the moment of the call.
    """

    tenant_id: str = DEFAULT_TENANT
    id: str = "local"
    kind: PrincipalKind = PrincipalKind.SERVICE
    bindings: Scope = field(default_factory=Scope)
    rights: frozenset[Right] = ROLE_RIGHTS[Role.ADMIN]
    allowances: Allowances = NONE

    def require(self, right: Right) -> None:
        """Pass if the principal holds ``right`` on its own scope.

        Raises:
            AccessDenied: it does not.
        """
        if right not in self.rights:
            raise AccessDenied(
                f"{self.id!r} lacks the right {right.value!r}; use a credential whose role has it",
                right=right.value,
            )


@dataclass(frozen=True, slots=True)
class AccessFilter:
    """What a principal may see, compiled once a call; adapters apply it to every row.

    A row of ``tenant_id`` and of exactly ``branch`` passes when it is opened, and reviewed if it is
    quarantined today, and named if it is restricted:

    - opened: ``own`` is set, its scope is reached by ``bindings`` (inheriting) and, if it is
      private, ``principal_id`` made it or its user is the bound one or ``sees_private`` is set; or
      ``wide`` is set and all of the tenant may read it; or ``allowances`` cover it, a private one
      by its id or together with the right to govern;
    - reviewed: ``sees_quarantined`` is set and ``bindings`` reach it, or an allowance with the
      right to govern covers it;
    - named: there is no ``purpose``, or an allowance that names it covers the row; for what is
      quarantined the purpose is to review.

    What was written on a branch is not there for anybody who does not ask for that branch. Without
    one it finds main and every branch by id and by listing: erasing asks so, and nothing else.
    """

    tenant_id: str
    principal_id: str
    bindings: Scope = field(default_factory=Scope)
    sees_private: bool = False
    sees_quarantined: bool = False
    branch: str | None = MAIN
    own: bool = True
    wide: bool = True
    allowances: Allowances = NONE
    purpose: Purpose | None = None

    def sees(
        self,
        memory_id: str,
        scope: Scope,
        *,
        made_by: str,
        visibility: Visibility,
        quarantined: bool,
        restricted: bool,
    ) -> bool:
        """Tell whether a row of the tenant and the branch passes."""
        reached = self.bindings.reaches(scope, ScopeMatch.INHERIT)
        private = visibility is Visibility.PRIVATE
        if not (
            (self.own and reached and (not private or self._owns(scope, made_by)))
            or (self.wide and visibility is Visibility.TENANT)
            or self.allowances.opened.covers(memory_id, scope, private=private)
        ):
            return False
        if quarantined and not (
            (self.sees_quarantined and reached)
            or self.allowances.reviewed.covers(memory_id, scope, private=private)
        ):
            return False
        if not restricted or self.purpose is None:
            return True
        purpose = Purpose.REVIEW if quarantined else self.purpose
        return self.allowances.named(purpose).covers(memory_id, scope)

    def _owns(self, scope: Scope, made_by: str) -> bool:
        bound = self.bindings.user_id
        mine = bound is not None and scope.user_id == bound
        return self.sees_private or made_by == self.principal_id or mine


def access_filter(
    principal: Principal, right: Right = Right.READ, purpose: Purpose | None = Purpose.RECALL
) -> AccessFilter:
    """Compile the filter of what ``principal`` has ``right`` to.

    Holders of ``govern`` see private and held cubes. A purpose of nothing looks at no content, so
    that what is restricted passes like anything else.
    """
    own = right in principal.rights
    governs = own and Right.GOVERN in principal.rights
    return AccessFilter(
        principal.tenant_id,
        principal.id,
        principal.bindings,
        sees_private=governs,
        sees_quarantined=governs,
        own=own,
        wide=own and right is Right.READ,
        allowances=principal.allowances.having(right),
        purpose=purpose,
    )
