"""Port: API keys, stored hashed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from memory_os.domain.access import PrincipalKind, Role
from memory_os.domain.scope import Scope


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What is known of a key; the secret itself is shown once and never stored."""

    id: str
    tenant_id: str
    name: str
    role: Role
    kind: PrincipalKind
    bindings: Scope
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None


class KeyStore(Protocol):
    """Keep API keys by their id and the digest of their secret."""

    def add_key(self, key: ApiKey, digest: str, *, by: str = "local") -> None:
        """Store a new key."""
        ...

    def find_key(self, key_id: str) -> tuple[ApiKey, str] | None:
        """Return a key and the digest of its secret."""
        ...

    def list_keys(self, tenant_id: str | None = None) -> list[ApiKey]:
        """Return the keys of one tenant, or of all, oldest first."""
        ...

    def revoke_key(self, key_id: str, at: datetime, *, by: str = "local") -> bool:
        """Mark a key revoked; false if there is none with this id."""
        ...
