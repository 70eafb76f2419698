"""API keys: made, shown once, kept as hashes, verified, revoked.

A token is ``mos_<key id>_<secret>``. The secret is 256 bits from the machine's source of chance,
so no dictionary holds it and guessing it is hopeless at any speed: a slow hash, which protects
what people make up, would only cost time on every request. A salted SHA-256 is right here.
"""

import hmac
import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from threading import Lock

from memory_os.clock import Clock, SystemClock
from memory_os.domain.access import (
    DEFAULT_ROLE,
    DEFAULT_TENANT,
    Principal,
    PrincipalKind,
    Role,
    rights_of,
)
from memory_os.domain.scope import Scope
from memory_os.errors import InvalidInput, NotFound, Unauthenticated
from memory_os.ports.key_store import ApiKey, KeyStore

PREFIX = "mos"
LOCAL = Principal().id
SECRET_BYTES = 32
FRESH_SECONDS = 1.0
UNBOUND = Scope()
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_ID_CHARS = 16
_SALT_BYTES = 16
_CACHED = 10_000
_TOKEN = re.compile(r"mos_([0-9a-z]{1,64})_([0-9a-z]{26,128})")


@dataclass(frozen=True, slots=True)
class Issued:
    """A new key and its token, which nobody can read again."""

    key: ApiKey
    token: str


@dataclass(frozen=True, slots=True)
class _Seen:
    key: ApiKey
    digest: str
    until: float


class KeyRing:
    """Issue, verify and revoke keys of one store. Safe to use from many threads.

    What the store said of a key is believed for ``FRESH_SECONDS``: a revocation counts at once in
    this process and within that time in others.
    """

    def __init__(
        self,
        store: KeyStore,
        clock: Clock | None = None,
        *,
        entropy: Callable[[int], bytes] = os.urandom,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._clock = clock or SystemClock()
        self._entropy = entropy
        self._ticks = ticks
        self._lock = Lock()
        self._seen: dict[str, _Seen] = {}
        self._revocations = 0
        self._locked = False
        self._open_until = 0.0
        self._nobody = digest_of("", entropy(_SALT_BYTES))

    def issue(
        self,
        name: str,
        *,
        role: Role | None = None,
        kind: PrincipalKind = PrincipalKind.SERVICE,
        tenant_id: str = DEFAULT_TENANT,
        bindings: Scope = UNBOUND,
        expires_at: datetime | None = None,
        lasts: timedelta | None = None,
        by: str = LOCAL,
    ) -> Issued:
        """Make a key and store its hash; ``lasts`` counts from now, ``by`` is who makes it.

        Without a role it gets that of its kind.

        Raises:
            InvalidInput: it would have expired already.
        """
        key_id = _encode(self._entropy(_ID_CHARS * 5 // 8))
        secret = _encode(self._entropy(SECRET_BYTES))
        now = self._clock.now()
        if lasts is not None:
            expires_at = now + lasts
        elif expires_at is not None and expires_at <= now:
            raise InvalidInput(
                f"expires_at {expires_at.isoformat()} is not in the future", field="expires_at"
            )
        role = role or DEFAULT_ROLE[kind]
        key = ApiKey(key_id, tenant_id, name, role, kind, bindings, now, expires_at)
        self._store.add_key(key, digest_of(secret, self._entropy(_SALT_BYTES)), by=by)
        self._locked = True
        return Issued(key, f"{PREFIX}_{key_id}_{secret}")

    def required(self) -> bool:
        """Tell whether callers need a key: from the first key on, also once all are revoked."""
        if not self._locked and self._ticks() >= self._open_until:
            self._locked = bool(self._store.list_keys())
            self._open_until = self._ticks() + FRESH_SECONDS
        return self._locked

    def knows(self, token: str | None) -> bool:
        """Tell whether the next ``required`` or ``verify`` is answered without asking the store."""
        if token is None:
            return self._locked or self._ticks() < self._open_until
        parts = _TOKEN.fullmatch(token)
        seen = self._seen.get(parts[1]) if parts else None
        return parts is None or (seen is not None and self._ticks() < seen.until)

    def verify(self, token: str) -> ApiKey:
        """Return the key that ``token`` proves.

        Raises:
            Unauthenticated: malformed, unknown, revoked or expired.
        """
        key_id, secret = _split(token)
        found = self._find(key_id)
        digest = found.digest if found else self._nobody
        if not matches(secret, digest) or found is None:
            raise Unauthenticated("the API key is not known here; check that it is whole")
        if found.key.revoked_at is not None:
            raise Unauthenticated("the API key was revoked; ask for a new one")
        expires_at = found.key.expires_at
        if expires_at is not None and expires_at <= self._clock.now():
            raise Unauthenticated(f"the API key expired at {expires_at.isoformat()}")
        return found.key

    def keys(self, tenant_id: str | None = None) -> list[ApiKey]:
        """Return the keys of one tenant, or of all, oldest first."""
        return self._store.list_keys(tenant_id)

    def find(self, key_id: str, tenant_id: str | None = None) -> ApiKey:
        """Return a key.

        Raises:
            NotFound: no such key, or it is another tenant's.
        """
        found = self._store.find_key(key_id)
        if found is None or tenant_id not in (None, found[0].tenant_id):
            raise NotFound(f"no API key {key_id!r}; list the keys to see their ids")
        return found[0]

    def revoke(self, key_id: str, tenant_id: str | None = None, *, by: str = LOCAL) -> ApiKey:
        """Make a key worthless from now on and return it; a second time changes nothing.

        Raises:
            NotFound: no such key, or it is another tenant's.
        """
        if self.find(key_id, tenant_id).revoked_at is None:
            self._store.revoke_key(key_id, self._clock.now(), by=by)
        with self._lock:
            self._revocations += 1
            self._seen.pop(key_id, None)
        return self.find(key_id, tenant_id)

    def _find(self, key_id: str) -> _Seen | None:
        with self._lock:
            seen, revocations = self._seen.get(key_id), self._revocations
        asked = self._ticks()
        if seen is not None and asked < seen.until:
            return seen
        found = self._store.find_key(key_id)
        if found is None:
            return None
        self._locked = True
        seen = _Seen(*found, asked + FRESH_SECONDS)
        with self._lock:
            if len(self._seen) >= _CACHED:
                self._seen.clear()
            if revocations == self._revocations:
                self._seen[key_id] = seen
        return seen


def principal_of(key: ApiKey) -> Principal:
    """Return who calls with ``key``."""
    return Principal(key.tenant_id, key.id, key.kind, key.bindings, rights_of(key.role, key.kind))


def digest_of(secret: str, salt: bytes) -> str:
    """Return what is stored of a secret: the scheme, the salt and the hash, in hex."""
    return f"sha256${salt.hex()}${sha256(salt + secret.encode()).hexdigest()}"


def matches(secret: str, digest: str) -> bool:
    """Tell whether ``digest`` was made of ``secret``, in time that does not tell how nearly."""
    scheme, salt, _ = digest.split("$")
    if scheme != "sha256":
        return False
    return hmac.compare_digest(digest_of(secret, bytes.fromhex(salt)).encode(), digest.encode())


def _split(token: str) -> tuple[str, str]:
    parts = _TOKEN.fullmatch(token)
    if parts is None:
        raise Unauthenticated("this is no API key of Memory OS; one reads mos_<id>_<secret>")
    return parts[1], parts[2]


def _encode(chance: bytes) -> str:
    bits, count = int.from_bytes(chance, "big"), len(chance) * 8
    size = -(-count // 5)
    return "".join(_ALPHABET[(bits >> 5 * place) & 31] for place in reversed(range(size)))
