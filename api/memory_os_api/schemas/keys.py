"""API keys at the border."""

from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import BaseModel, Field, model_validator

from memory_os.domain.access import PrincipalKind, Role
from memory_os.domain.operations import ScopedRequest
from memory_os.domain.operations.common import Label, Moment
from memory_os.ports.key_store import ApiKey
from memory_os_api.keys import Issued

_TEN_YEARS = 10 * 365 * 86_400


class KeyRequest(ScopedRequest):
    """A key to make, in the caller's tenant. Scope ids bind it: it sees and writes no others.

    Without a role it gets that of its kind: a user shares, agent and service write, an operator is
    admin.
    """

    name: Label
    role: Role | None = None
    kind: PrincipalKind = PrincipalKind.SERVICE
    ttl_seconds: Annotated[int, Field(ge=1, le=_TEN_YEARS)] | None = None
    expires_at: Moment | None = None

    @model_validator(mode="after")
    def _one_end(self) -> Self:
        if self.ttl_seconds and self.expires_at:
            raise ValueError("give ttl_seconds or expires_at, not both")
        return self


class KeyInfo(BaseModel):
    """What is known of a key; its secret is not."""

    id: str
    tenant: str
    name: str
    role: Role
    kind: PrincipalKind
    user_id: str | None
    agent_id: str | None
    session_id: str | None
    namespace: list[str]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


class CreatedKey(KeyInfo):
    """A new key. ``key`` is the token to send; it is shown this once."""

    key: str


class KeyPage(BaseModel):
    """All keys of the tenant, oldest first, revoked ones too."""

    results: list[KeyInfo]
    next_cursor: None = None


def to_info(key: ApiKey) -> KeyInfo:
    """Return ``key`` as callers see it."""
    return KeyInfo(**_fields(key))


def to_created(issued: Issued) -> CreatedKey:
    """Return a new key as its maker sees it."""
    return CreatedKey(**_fields(issued.key), key=issued.token)


def _fields(key: ApiKey) -> dict[str, Any]:
    return {
        "id": key.id,
        "tenant": key.tenant_id,
        "name": key.name,
        "role": key.role,
        "kind": key.kind,
        "user_id": key.bindings.user_id,
        "agent_id": key.bindings.agent_id,
        "session_id": key.bindings.session_id,
        "namespace": list(key.bindings.namespace),
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "revoked_at": key.revoked_at,
    }
