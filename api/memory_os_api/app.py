"""The REST service as an ASGI application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any

from anyio import to_thread
from fastapi import Depends, FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from memory_os.errors import MemoryOSError
from memory_os.ports.key_store import KeyStore
from memory_os_api import openapi
from memory_os_api.auth import Doorkeeper
from memory_os_api.dependencies import BINARY_PATHS, Kernel, json_only
from memory_os_api.envelope import Envelope
from memory_os_api.keys import KeyRing
from memory_os_api.limits import BodyLimit, TokenBuckets
from memory_os_api.metrics import Metrics
from memory_os_api.problems import on_error, on_http, on_invalid
from memory_os_api.routers import (
    activations,
    adapters,
    branches,
    cubes,
    erasures,
    grants,
    memories,
    merges,
    operations,
    oversight,
    past,
    policies,
    recall,
    reviews,
    service,
    transitions,
)
from memory_os_api.routers import keys as key_routes
from memory_os_api.settings import Settings

DISTRIBUTION = "memory-os-cubes"


def create_app(kernel: Kernel, keys: KeyStore, settings: Settings) -> FastAPI:
    """Return the service over ``kernel``, which stays the caller's to close.

    A request passes, from outside in: the envelope (request id, log, metrics), the doorkeeper
    (credential, rate), the body limit, and only then routing and parsing.
    """

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        to_thread.current_default_thread_limiter().total_tokens = settings.threads
        yield

    app = FastAPI(
        title="Memory OS",
        version=version(DISTRIBUTION),
        description=openapi.DESCRIPTION,
        openapi_url="/openapi.json" if settings.openapi else None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        dependencies=[Depends(json_only)],
        generate_unique_id_function=_operation_id,
        lifespan=lifespan,
    )
    app.state.kernel = kernel
    app.state.keys = KeyRing(keys)
    app.state.metrics = Metrics()
    for router in (
        cubes,
        transitions,
        erasures,
        merges,
        recall,
        past,
        branches,
        policies,
        reviews,
        activations,
        adapters,
        oversight,
        operations,
        grants,
        key_routes,
        service,
        memories,
    ):
        app.include_router(router.router)
    app.add_exception_handler(MemoryOSError, on_error)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(RequestValidationError, on_invalid)
    buckets = TokenBuckets(settings.rate_limit, settings.rate_burst)
    tensors = dict.fromkeys(BINARY_PATHS, settings.max_activation_bytes)
    app.add_middleware(BodyLimit, limit=settings.max_body_bytes, others=tensors)
    app.add_middleware(Doorkeeper, keys=app.state.keys, buckets=buckets)
    app.add_middleware(Envelope, metrics=app.state.metrics)
    _document(app)
    return app


def _document(app: FastAPI) -> None:
    def openapi_once() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = openapi.build(app)
        return app.openapi_schema

    app.openapi = openapi_once  # type: ignore[method-assign]


def _operation_id(route: APIRoute) -> str:
    return route.name
