"""What endpoints are handed: the caller's connector, the kernel, the keys, common headers."""

from typing import Annotated, Protocol, cast

from fastapi import Depends, Header, Path, Request
from starlette.exceptions import HTTPException

from memory_os.domain.access import Principal
from memory_os.domain.lifecycle import Position
from memory_os.ports.connector import Connector
from memory_os_api.keys import KeyRing
from memory_os_api.metrics import Metrics

BINARY = "application/octet-stream"
BINARY_PATHS = frozenset({"/v1/activations", "/v1/adapters"})
_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})


class Health(Protocol):
    """A sign of life."""

    @property
    def ok(self) -> bool:
        """Tell whether requests can be answered."""
        ...

    @property
    def embedder(self) -> str:
        """Name the embedding model in use."""
        ...


class Kernel(Protocol):
    """What the service needs of the kernel."""

    def connector(self, principal: Principal) -> Connector:
        """Return memory as one caller sees it."""
        ...

    def health(self) -> Health:
        """Return a sign of life."""
        ...

    def stats(self, principal: Principal) -> dict[str, object]:
        """Return counts of the caller's tenant."""
        ...

    def position(self, principal: Principal, memory_id: str) -> Position:
        """Return where a memory stands in the lifecycle."""
        ...


async def json_only(request: Request) -> None:
    """Refuse a body that is not declared as plain JSON, with 415; as bytes where those are taken.

    A web page can send other types to another site without asking; these it cannot.
    """
    headers = request.headers
    empty = headers.get("content-length", "0") == "0" and "transfer-encoding" not in headers
    if empty or request.method not in _WITH_BODY:
        return
    kind = headers.get("content-type", "").split(";")[0].strip().lower()
    if request.url.path in BINARY_PATHS:
        if kind != BINARY:
            raise HTTPException(415, f"send the body as Content-Type: {BINARY}")
        return
    plain = headers.get("content-encoding", "identity").lower() == "identity"
    is_json = kind == "application/json" or (
        kind.startswith("application/") and kind.endswith("+json")
    )
    if not is_json or not plain:
        raise HTTPException(415, "send the body as Content-Type: application/json, not encoded")


async def principal(request: Request) -> Principal:
    """Return who calls, as the doorkeeper found."""
    return cast(Principal, request.state.principal)


async def kernel(request: Request) -> Kernel:
    """Return the kernel."""
    return cast(Kernel, request.app.state.kernel)


async def keys(request: Request) -> KeyRing:
    """Return the API keys."""
    return cast(KeyRing, request.app.state.keys)


async def metrics(request: Request) -> Metrics:
    """Return the service's metrics."""
    return cast(Metrics, request.app.state.metrics)


async def memories(request: Request) -> Connector:
    """Return memory as the caller sees it."""
    return cast(Kernel, request.app.state.kernel).connector(request.state.principal)


Caller = Annotated[Principal, Depends(principal)]
TheKernel = Annotated[Kernel, Depends(kernel)]
TheKeys = Annotated[KeyRing, Depends(keys)]
TheMetrics = Annotated[Metrics, Depends(metrics)]
Memories = Annotated[Connector, Depends(memories)]

MemoryId = Annotated[str, Path(description="The memory's id.", examples=["mem_01JZ8Q4T6W"])]
IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match",
        description="The entity tag the memory must have, else 412; `*` for any.",
        max_length=1_000,
    ),
]
IfNoneMatch = Annotated[
    str | None,
    Header(
        alias="If-None-Match",
        description="The entity tag the caller has; if it is current the answer is 304.",
        max_length=1_000,
    ),
]
IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        description="Repeating the request with the same key within 24 hours stores nothing "
        "again and returns the first answer. Wins over `idempotency_key` in the body.",
        min_length=1,
        max_length=200,
        pattern=r"^[\x21-\x7e]+$",
    ),
]
