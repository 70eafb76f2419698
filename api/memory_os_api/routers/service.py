"""The service itself: alive, ready, measured, counted."""

from fastapi import APIRouter, Request, Response

from memory_os.errors import StoreError, StoreUnavailable
from memory_os_api.answers import answer
from memory_os_api.dependencies import Caller, TheKernel, TheMetrics
from memory_os_api.metrics import CONTENT_TYPE
from memory_os_api.problems import failed
from memory_os_api.schemas.service import Alive, Checks, Ready, Stats

router = APIRouter(tags=["service"])


@router.get("/healthz", response_model=Alive)
def healthz() -> Response:
    """Tell that the process answers; needs no key."""
    return answer(Alive())


@router.get("/readyz", response_model=Ready)
def readyz(request: Request, kernel: TheKernel) -> Response:
    """Tell that the store answers a query, else 503; needs no key."""
    try:
        health = kernel.health()
        if not health.ok:
            raise StoreUnavailable("the store is not ready; try again")
    except StoreError as error:
        return failed(error, request.scope, status=503)
    return answer(Ready(checks=Checks(embedder=health.embedder)))


@router.get(
    "/metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
def metrics(measured: TheMetrics) -> Response:
    """Return counts and times of requests in the Prometheus text format."""
    return Response(measured.render(), headers={"Content-Type": CONTENT_TYPE})


@router.get("/v1/stats", response_model=Stats)
def stats(caller: Caller, kernel: TheKernel) -> Response:
    """Return counts of the caller's tenant."""
    return answer(Stats.model_validate(kernel.stats(caller)))
