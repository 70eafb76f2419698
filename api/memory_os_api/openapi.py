"""The OpenAPI document: what FastAPI derives, with problems, examples, headers and security."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from memory_os_api.auth import OPEN_PATHS
from memory_os_api.problems import MEDIA_TYPE, TYPE_PREFIX
from memory_os_api.schemas import examples
from memory_os_api.schemas.problem import Problem

Document = dict[str, Any]

TAGS = [
    {"name": "cubes", "description": "Memories: stored, read, changed, deleted, moved."},
    {"name": "merges", "description": "Memories that say the same: found, joined, parted."},
    {"name": "erasures", "description": "Gone for good, with a receipt that can be checked."},
    {"name": "recall", "description": "Finding what answers a question."},
    {"name": "time", "description": "What changed, named moments, going back."},
    {"name": "sharing", "description": "Rights on a memory or a scope for others."},
    {"name": "branches", "description": "Changes tried apart from main, and adopted."},
    {"name": "activations", "description": "Attention caches of prompt prefixes."},
    {"name": "adapters", "description": "Weights trained from memories, behind a gate."},
    {"name": "policies", "description": "How memories age: policy sets, sweeps, feedback."},
    {"name": "operations", "description": "Background work, for admins."},
    {"name": "oversight", "description": "The journal, checked and exported; quotas."},
    {"name": "keys", "description": "API keys, for admins."},
    {"name": "service", "description": "The service itself."},
    {"name": "mem0", "description": "The same memories in the shapes of mem0."},
]
DESCRIPTION = """\
Memory for agents: stored durably, recalled with citations, every version kept.

Every request carries an API key as `Authorization: Bearer mos_…`; the key decides the tenant, the
rights and, if it is bound, the user, agent or session. While no key was ever made, callers on the
same machine need none. Every error is a problem document (RFC 9457)
with a stable `code`. An id of another tenant is answered like one that never existed.
"""
_ALWAYS = (400, 401, 403, 404, 413, 429, 500, 503)
_BODY = (415, 422)
_WRITING = (409, 410, 412, 501, 502, 507)
_READING = (410, 422, 501, 502)
_ETAGGED = frozenset(
    {"get", "update", "transition", "attest", "get_memory", "update_memory"}
    | {"store_activation", "check_activation", "recode_activation"}
    | {"store_adapter", "judge_adapter"}
)
_CONDITIONAL = frozenset({"get", "get_memory"})
_SCHEME = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "mos_<id>_<secret>",
    "description": "An API key. While none was ever made, callers on the same machine need none.",
}


def build(app: FastAPI) -> Document:
    """Return the document of ``app``."""
    document = get_openapi(
        title=app.title,
        version=app.version,
        description=app.description,
        routes=app.routes,
        tags=TAGS,
    )
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    schemas |= _problem_schemas()
    components["securitySchemes"] = {"key": _SCHEME}
    components["responses"] = {f"Problem{status}": _response(status) for status in _statuses()}
    for path, method, operation in _operations(document):
        _complete(path, method, operation)
    return document


def _complete(path: str, method: str, operation: Document) -> None:
    name = operation["operationId"]
    responses = operation["responses"]
    responses.pop("422", None)
    for status in _problems_of(path, method, operation):
        responses[str(status)] = {"$ref": f"#/components/responses/Problem{status}"}
    success = next(responses[status] for status in responses if status.startswith("2"))
    if name in examples.ANSWERS:
        success["content"]["application/json"]["example"] = examples.ANSWERS[name]
    success["headers"] = {"X-Request-Id": _header("Names this request in the service's log.")}
    if name in _ETAGGED:
        success["headers"]["ETag"] = _header("The memory's version, for If-Match.")
    if name in _CONDITIONAL:
        responses["304"] = {"description": "The caller's copy is current."}
    operation["summary"] = operation["description"].split(";")[0].split(".")[0]
    if path not in OPEN_PATHS:
        operation["security"] = [{"key": []}]


def _problems_of(path: str, method: str, operation: Document) -> list[int]:
    if path in OPEN_PATHS:
        return [503] if path == "/readyz" else []
    has_body = "requestBody" in operation
    writes = method in ("post", "put", "patch", "delete")
    found = {*_ALWAYS, *(_BODY if has_body else ()), *(_WRITING if writes else _READING), 422}
    return sorted(found)


def _operations(document: Document) -> Iterator[tuple[str, str, Document]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield path, method, operation


def _statuses() -> list[int]:
    return sorted({*_ALWAYS, *_BODY, *_WRITING, *_READING})


def _response(status: int) -> Document:
    code = _CODES.get(status, "invalid_input")
    example = {
        "type": TYPE_PREFIX + code,
        "title": code.replace("_", " ").capitalize(),
        "status": status,
        "detail": "What happened, and what to do next.",
        "code": code,
        "instance": "/v1/cubes",
    }
    schema = {"$ref": "#/components/schemas/Problem"}
    headers = {"X-Request-Id": _header("Names this request in the service's log.")}
    if status == 401:
        headers["WWW-Authenticate"] = _header("How to authenticate.")
    if status in (429, 503):
        headers["Retry-After"] = _header("Seconds to wait.")
    return {
        "description": HTTPStatus(status).phrase,
        "headers": headers,
        "content": {MEDIA_TYPE: {"schema": schema, "example": example}},
    }


_CODES = {
    401: "unauthenticated",
    403: "access_denied",
    404: "not_found",
    409: "conflict",
    410: "erased",
    412: "version_conflict",
    413: "too_large",
    429: "rate_limited",
    500: "error",
    501: "not_supported",
    502: "model_failed",
    503: "store_unavailable",
    507: "store_full",
}


def _header(description: str) -> Document:
    return {"description": description, "schema": {"type": "string"}}


def _problem_schemas() -> Document:
    schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    inner = schema.pop("$defs", {})
    return {"Problem": schema, **inner}
