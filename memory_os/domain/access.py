"""Who calls, and the filter that every port method runs under."""

from dataclasses import dataclass, field
from enum import StrEnum

from memory_os.domain.cube import MAIN
from memory_os.domain.lifecycle import Right
from memory_os.domain.scope import Scope
from memory_os.domain.vocabulary import SourceClass
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

SOURCE_OF_KIND: dict[PrincipalKind, SourceClass] = {
    PrincipalKind.USER: SourceClass.USER_INPUT,
    PrincipalKind.AGENT: SourceClass.AGENT_OUTPUT,
    PrincipalKind.SERVICE: SourceClass.USER_INPUT,
    PrincipalKind.OPERATOR: SourceClass.OPERATOR,
}


@dataclass(frozen=True, slots=True)
class Principal:
    """A caller, built from the credential and never from a request body.

    ``bindings`` are the scope ids the credential is tied to: a call may not name others.
    """

    tenant_id: str = DEFAULT_TENANT
    id: str = "local"
    kind: PrincipalKind = PrincipalKind.SERVICE
    bindings: Scope = field(default_factory=Scope)
    rights: frozenset[Right] = ROLE_RIGHTS[Role.ADMIN]

    def require(self, right: Right) -> None:
        """Pass if the principal holds ``right``.

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

    A row passes when it lies in ``tenant_id``, its scope is reached by ``bindings`` (inheriting),
    if its visibility is private, ``principal_id`` made it or its user is the bound one, and, if
    it is quarantined today, the caller reviews such memories. It is also of exactly ``branch``:
    what was written on a branch is not there for anybody who does not ask for that branch. Without
    one it finds main and every branch by id and by listing: erasing asks so, and nothing else.
    """

    tenant_id: str
    principal_id: str
    bindings: Scope = field(default_factory=Scope)
    sees_private: bool = False
    sees_quarantined: bool = False
    branch: str | None = MAIN


def access_filter(principal: Principal) -> AccessFilter:
    """Compile the filter for ``principal``; holders of ``govern`` see private and held cubes."""
    return AccessFilter(
        principal.tenant_id,
        principal.id,
        principal.bindings,
        sees_private=Right.GOVERN in principal.rights,
        sees_quarantined=Right.GOVERN in principal.rights,
    )
