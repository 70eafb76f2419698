"""The one error tree of Memory OS.

Every error has a stable ``code`` that REST, SDK and CLI share, and a message that names the
thing and says what to do next::

    MemoryOSError
    ├── InvalidInput                 invalid_input
    │   ├── InvalidFilter            invalid_filter
    │   ├── InvalidCursor            invalid_cursor
    │   └── TooLarge                 too_large
    ├── NotFound                     not_found
    │   └── Erased                   erased
    ├── Conflict                     conflict
    │   ├── VersionConflict          version_conflict
    │   ├── AlreadyExists            already_exists
    │   ├── IllegalTransition        illegal_transition
    │   ├── IdempotencyConflict      idempotency_conflict
    │   └── LeaseLost                lease_lost
    ├── Unauthenticated              unauthenticated
    ├── AccessDenied                 access_denied
    ├── RateLimited                  rate_limited
    ├── QuotaExhausted               quota_exhausted
    ├── NotSupported                 not_supported
    ├── ConfigurationError           configuration_error
    ├── ModelFailed                  model_failed
    ├── StoreError                   store_error
    │   ├── StoreUnavailable         store_unavailable
    │   ├── StoreBusy                store_busy
    │   ├── StoreReadOnly            store_read_only
    │   ├── StoreFull                store_full
    │   ├── StoreCorrupt             store_corrupt
    │   ├── SchemaTooNew             schema_too_new
    │   └── EmbedderMismatch         embedder_mismatch
    └── ServiceError                 service_error
        ├── ServiceUnreachable       service_unreachable
        └── ServiceTimeout           service_timeout
"""

from collections.abc import Iterator, Mapping
from typing import ClassVar


class MemoryOSError(Exception):
    """Anything Memory OS refuses or fails to do. ``detail`` holds machine-readable facts."""

    code: ClassVar[str] = "error"

    def __init__(self, message: str, **detail: object) -> None:
        super().__init__(message)
        self.message = message
        self.detail: Mapping[str, object] = detail


class InvalidInput(MemoryOSError):
    """The request breaks a documented rule; ``detail['field']`` names where, when known."""

    code = "invalid_input"


class InvalidFilter(InvalidInput):
    """A filter expression is malformed or uses an unknown operator."""

    code = "invalid_filter"


class InvalidCursor(InvalidInput):
    """A page cursor was not made by this store for this listing."""

    code = "invalid_cursor"


class TooLarge(InvalidInput):
    """A text, a metadata object or a request exceeds its documented limit."""

    code = "too_large"


class NotFound(MemoryOSError):
    """No such memory that this caller may see; a foreign tenant's id looks exactly the same."""

    code = "not_found"


class Erased(NotFound):
    """The memory was erased for good; only its tombstone is left."""

    code = "erased"


class Conflict(MemoryOSError):
    """The request contradicts the present state."""

    code = "conflict"


class VersionConflict(Conflict):
    """``expected_version`` is not the head version: read again, then decide."""

    code = "version_conflict"


class AlreadyExists(Conflict):
    """An ``external_id`` is taken in this scope by another memory."""

    code = "already_exists"


class IllegalTransition(Conflict):
    """The lifecycle has no such move from this state; ``detail['legal']`` names those it has."""

    code = "illegal_transition"


class IdempotencyConflict(Conflict):
    """An idempotency key was used before with another request."""

    code = "idempotency_conflict"


class LeaseLost(Conflict):
    """A worker's hold on a job is void: another has taken it over, or it was cancelled."""

    code = "lease_lost"


class Unauthenticated(MemoryOSError):
    """No valid credential: it is missing, unknown, expired or revoked."""

    code = "unauthenticated"


class AccessDenied(MemoryOSError):
    """The credential is valid but lacks the right for this."""

    code = "access_denied"


class RateLimited(MemoryOSError):
    """Too many requests; ``detail['retry_after']`` says for how many seconds to wait."""

    code = "rate_limited"


class QuotaExhausted(MemoryOSError):
    """A quota has no room for this; ``detail['retry_after']`` says in how many seconds, if ever."""

    code = "quota_exhausted"


class NotSupported(MemoryOSError):
    """The adapter does not declare the ability that was asked for."""

    code = "not_supported"


class ConfigurationError(MemoryOSError):
    """A URL, a setting or an installed extra is wrong or missing."""

    code = "configuration_error"


class ModelFailed(MemoryOSError):
    """A language or embedding model raised, or answered something unusable."""

    code = "model_failed"


class StoreError(MemoryOSError):
    """The store failed; nothing that was acknowledged before is lost."""

    code = "store_error"


class StoreUnavailable(StoreError):
    """The store cannot be opened or reached."""

    code = "store_unavailable"


class StoreBusy(StoreError):
    """Another writer held the store for longer than the busy timeout; try again."""

    code = "store_busy"


class StoreReadOnly(StoreError):
    """The store's file or disk is read-only."""

    code = "store_read_only"


class StoreFull(StoreError):
    """The disk is full; the transaction was rolled back."""

    code = "store_full"


class StoreCorrupt(StoreError):
    """The database file is damaged or is no database; restore it from a backup."""

    code = "store_corrupt"


class SchemaTooNew(StoreError):
    """The database was made by a newer release; upgrade the package."""

    code = "schema_too_new"


class EmbedderMismatch(StoreError):
    """The store's vectors come from another embedding model; re-index or use that model."""

    code = "embedder_mismatch"


class ServiceError(MemoryOSError):
    """The REST service answered with an error that has no type of its own here."""

    code = "service_error"


class ServiceUnreachable(ServiceError):
    """No connection to the REST service."""

    code = "service_unreachable"


class ServiceTimeout(ServiceError):
    """The REST service did not answer in time; a write may or may not have happened."""

    code = "service_timeout"


def error_types(root: type[MemoryOSError] = MemoryOSError) -> Iterator[type[MemoryOSError]]:
    """Walk the tree of this module from ``root`` down, parents first.

    What other packages derive from it has codes of its own and is not part of it.
    """
    yield root
    for child in root.__subclasses__():
        if child.__module__ == __name__:
            yield from error_types(child)


def error_for(code: str) -> type[MemoryOSError]:
    """Return the error type with this ``code``; an unknown code is a ``ServiceError``."""
    return next((kind for kind in error_types() if kind.code == code), ServiceError)
