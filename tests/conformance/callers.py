"""Other callers of an embedded memory."""

from collections.abc import Callable
from itertools import count
from typing import Any

from memory_os.domain.access import DEFAULT_ROLE, Principal, PrincipalKind, Role, rights_of
from memory_os.domain.scope import Scope
from memory_os.kernel.memory_os import KernelConnector
from memory_os.sdk import Memory

_NUMBERS = count(1)


def callers(memory: Memory) -> Callable[..., Memory]:
    """Return what opens ``memory`` for another principal, bound to scope ids."""

    def opened(*, role: str | None = None, kind: str = "agent", **bound: Any) -> Memory:
        connector = memory.connector
        assert isinstance(connector, KernelConnector)
        sort = PrincipalKind(kind)
        rights = rights_of(Role(role) if role else DEFAULT_ROLE[sort], sort)
        tenant = connector.principal.tenant_id
        principal = Principal(tenant, f"caller-{next(_NUMBERS)}", sort, Scope(**bound), rights)
        return Memory(connector.kernel.connector(principal))

    return opened
