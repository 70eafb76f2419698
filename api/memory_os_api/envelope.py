"""What surrounds every answer: request id, security headers, metrics, log line, last resort."""

import logging
import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from memory_os.errors import MemoryOSError
from memory_os_api.logs import log_failure
from memory_os_api.metrics import Metrics
from memory_os_api.problems import REQUEST_ID, instance_of, problem

ACCESS = logging.getLogger("memory_os_api.access")
UNMATCHED = "unmatched"
SECURITY_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")


@dataclass(slots=True)
class _Answer:
    status: int = 500
    size: int = 0
    started: bool = False


class Envelope:
    """Wrap the whole service, so that no answer and no failure passes it by.

    The log line holds the route's template, never the path, the query or a body: those may hold
    ids of people and what they said.
    """

    def __init__(
        self,
        app: ASGIApp,
        metrics: Metrics,
        *,
        ticks: Callable[[], float] = time.perf_counter,
        entropy: Callable[[int], bytes] = os.urandom,
    ) -> None:
        self._app = app
        self._metrics = metrics
        self._ticks = ticks
        self._entropy = entropy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and account for it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = scope[REQUEST_ID] = self._request_id(scope)
        answer = _Answer()

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer.started, answer.status = True, message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-Id"] = request_id
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
            answer.size += len(message.get("body", b""))
            await send(message)

        self._metrics.started()
        begun = self._ticks()
        try:
            await self._app(scope, receive, sending)
        except Exception as error:
            log_failure(error, request_id)
            if answer.started:
                raise
            await _unexpected(scope, request_id)(scope, receive, sending)
        finally:
            self._account(scope, request_id, answer, self._ticks() - begun)

    def _request_id(self, scope: Scope) -> str:
        given = Headers(scope=scope).get("x-request-id", "")
        return given if _REQUEST_ID.fullmatch(given) else self._entropy(12).hex()

    def _account(self, scope: Scope, request_id: str, answer: _Answer, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", UNMATCHED)
        principal = scope.get("state", {}).get("principal")
        self._metrics.finished(scope["method"], route, answer.status, seconds)
        ACCESS.info(
            "request",
            extra={
                "facts": {
                    "request_id": request_id,
                    "method": scope["method"],
                    "route": route,
                    "status": answer.status,
                    "ms": round(seconds * 1_000, 2),
                    "bytes": answer.size,
                    "caller": principal.id if principal else None,
                }
            },
        )


def _unexpected(scope: Scope, request_id: str) -> ASGIApp:
    said = f"the service failed on this request; look for request id {request_id!r} in its log"
    return problem(MemoryOSError(said), instance_of(scope))
