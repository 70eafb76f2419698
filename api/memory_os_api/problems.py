"""Turn every error into a problem document (RFC 9457)."""

import math
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from pydantic_core import to_json
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import Scope

from memory_os.domain.operations.refusing import kind_of
from memory_os.errors import (
    InvalidInput,
    MemoryOSError,
    NotFound,
    NotSupported,
    StoreError,
    TooLarge,
)
from memory_os_api.logs import log_failure

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:memory-os:problem:"
BUSY_SECONDS = 1

STATUS: dict[str, int] = {
    "error": 500,
    "invalid_input": 422,
    "invalid_filter": 422,
    "invalid_cursor": 422,
    "too_large": 413,
    "not_found": 404,
    "erased": 410,
    "conflict": 409,
    "version_conflict": 412,
    "already_exists": 409,
    "illegal_transition": 409,
    "idempotency_conflict": 409,
    "lease_lost": 409,
    "unauthenticated": 401,
    "access_denied": 403,
    "rate_limited": 429,
    "quota_exhausted": 429,
    "not_supported": 501,
    "configuration_error": 500,
    "model_failed": 502,
    "store_error": 503,
    "store_unavailable": 503,
    "store_busy": 503,
    "store_read_only": 503,
    "store_full": 507,
    "store_corrupt": 500,
    "schema_too_new": 500,
    "embedder_mismatch": 409,
    "service_error": 502,
    "service_unreachable": 502,
    "service_timeout": 504,
}
"""The HTTP status of every error code. A request that cannot be read at all is a 400."""

REQUEST_ID = "memory_os_api.request_id"
"""Where the envelope keeps the request's id in the ASGI scope."""

_STORE_SAYS = {
    "store_unavailable": "the store is not ready; try again",
    "store_busy": "another writer holds the store; nothing of this was written, try again",
    "store_read_only": "the store is read-only; nothing of this was written",
    "store_full": "the store is full; nothing of this was written",
}
_MOST_ERRORS = 100
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
_UNPARSED = "There was an error parsing the body"
_RESERVED = frozenset({"type", "title", "status", "detail", "code", "instance", "errors"})


def problem(
    error: MemoryOSError,
    instance: str,
    *,
    status: int | None = None,
    errors: list[dict[str, str]] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return the response that tells a caller of ``error``."""
    status = status or status_of(error)
    facts = {name: value for name, value in error.detail.items() if name not in _RESERVED}
    document = {
        "type": TYPE_PREFIX + error.code,
        "title": error.code.replace("_", " ").capitalize(),
        "status": status,
        "detail": error.message,
        "code": error.code,
        "instance": instance,
        **facts,
        **({"errors": errors} if errors else {}),
    }
    content = to_json(document, fallback=str, inf_nan_mode="null")
    return Response(content, status, {**_headers(error, status), **(headers or {})}, MEDIA_TYPE)


def failed(error: MemoryOSError, scope: Scope, *, status: int | None = None) -> Response:
    """Return the response to what was raised; what the store says of itself goes to the log.

    Its words name the server's files, so a caller gets the code and the request id instead.
    """
    if isinstance(error, StoreError):
        request_id = scope.get(REQUEST_ID, "")
        log_failure(error, request_id)
        said = _STORE_SAYS.get(error.code, "the store failed on this request")
        error = type(error)(f"{said}; the service's log has it under request id {request_id!r}")
    return problem(error, instance_of(scope), status=status)


def status_of(error: MemoryOSError) -> int:
    """Return the HTTP status of ``error``.

    A field of the request that asks for what this service cannot do is the request's to correct.
    """
    if isinstance(error, NotSupported) and "field" in error.detail:
        return 422
    return STATUS.get(error.code, 500)


def instance_of(scope: Scope) -> str:
    """Return the request's path as it came, without the query."""
    raw = scope.get("raw_path") or scope["path"].encode()
    return str(raw.split(b"?", 1)[0].decode("latin-1"))


def _headers(error: MemoryOSError, status: int) -> dict[str, str]:
    if status == 401:
        known = ', error="invalid_token"' if error.detail.get("presented") else ""
        return {"WWW-Authenticate": f'Bearer realm="memory-os"{known}'}
    if status == 429 and (error.code == "rate_limited" or "retry_after" in error.detail):
        wait = error.detail.get("retry_after", BUSY_SECONDS)
        return {"Retry-After": str(max(1, math.ceil(float(str(wait)))))}
    return {"Retry-After": str(BUSY_SECONDS)} if status == 503 else {}


async def on_error(request: Request, error: Exception) -> Response:
    """Answer a ``MemoryOSError``."""
    assert isinstance(error, MemoryOSError)  # noqa: S101
    return failed(error, request.scope)


async def on_http(request: Request, error: Exception) -> Response:
    """Answer what the framework refuses: unknown routes, wrong methods, unreadable bodies."""
    assert isinstance(error, HTTPException)  # noqa: S101
    headers = error.headers
    if error.status_code == 405:
        headers = {**(headers or {}), "Allow": ", ".join(_methods(request))}
    return problem(
        _refused(request, error, headers),
        instance_of(request.scope),
        status=error.status_code,
        headers=headers,
    )


async def on_invalid(request: Request, error: Exception) -> Response:
    """Answer a request that does not fit its schema; what was sent is not repeated."""
    assert isinstance(error, RequestValidationError)  # noqa: S101
    found = error.errors()
    if any(each["type"] == "json_invalid" for each in found):
        where = found[0]["loc"][-1]
        why = f"the body is no valid JSON: {found[0]['ctx']['error']} at character {where}"
        return problem(InvalidInput(why), instance_of(request.scope), status=400)
    listed = [_told(each) for each in found[:_MOST_ERRORS]]
    first = listed[0]
    place = f"{first['field']}: " if first["field"] else ""
    kind = InvalidInput if found[0]["loc"][0] == "header" else kind_of(first)
    raised = kind(f"{place}{first['problem']}", field=first["field"])
    return problem(raised, instance_of(request.scope), errors=listed)


def invalid(error: ValidationError, where: str) -> RequestValidationError:
    """Return ``error`` as one of a request, found in its ``where``: body or query."""
    found = error.errors(include_url=False)
    return RequestValidationError([{**each, "loc": (where, *each["loc"])} for each in found])


def _told(error: Mapping[str, Any]) -> dict[str, str]:
    said = str(error["msg"]).removeprefix("Value error, ")
    field = ".".join(str(part) for part in error["loc"][1:])
    return {"field": field, "problem": said, "type": str(error["type"])}


def _methods(request: Request) -> list[str]:
    """Return the methods that this path takes; routing stops at the first route that has it."""
    scopes = {method: {**request.scope, "method": method} for method in _METHODS}
    routes = request.app.routes
    return [
        method
        for method, scope in scopes.items()
        if any(route.matches(scope)[0] is Match.FULL for route in routes)
    ]


def _refused(
    request: Request, error: HTTPException, headers: Mapping[str, str] | None
) -> MemoryOSError:
    status, said = error.status_code, str(error.detail)
    if status == 404:
        return NotFound(f"no such route: {request.method} {instance_of(request.scope)}")
    if status == 405:
        allowed = (headers or {}).get("Allow", "")
        return NotSupported(f"this route does not take {request.method}, only {allowed}")
    if said == _UNPARSED:
        said = "the body could not be read; send JSON in UTF-8, not nested too deep"
    if status >= 500:
        return MemoryOSError(HTTPStatus(status).phrase)
    return TooLarge(said) if status == 413 else InvalidInput(said)
