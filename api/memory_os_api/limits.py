"""How much one caller may send: bytes a request, requests a second."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Lock
from types import MappingProxyType

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from memory_os.errors import RateLimited, TooLarge
from memory_os_api.problems import instance_of, problem

_DRAIN = 4


class BodyLimit:
    """Refuse a request body of more than ``limit`` bytes, announced or streamed, with 413.

    Paths that take other amounts are in ``others``.

    What is left of the body is read and dropped, up to ``_DRAIN`` times the limit, so that a
    client that is still sending gets to read the answer.
    """

    def __init__(
        self, app: ASGIApp, limit: int, others: Mapping[str, int] = MappingProxyType({})
    ) -> None:
        self._app = app
        self._limit = limit
        self._others = others

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, counting what is received."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._others.get(scope["path"], self._limit)
        announced = Headers(scope=scope).get("content-length", "")
        if announced.isascii() and announced.isdigit() and int(announced) > limit:
            await self._drain(receive, 0, limit)
            await self._refuse(scope, receive, send, limit)
            return
        counted = 0

        async def counting() -> Message:
            nonlocal counted
            message = await receive()
            counted += len(message.get("body", b""))
            if counted > limit:
                if message.get("more_body"):
                    await self._drain(receive, counted, limit)
                raise HTTPException(413, _message(limit))
            return message

        await self._app(scope, counting, send)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send, limit: int) -> None:
        error = TooLarge(_message(limit), limit=limit)
        await problem(error, instance_of(scope))(scope, receive, send)

    async def _drain(self, receive: Receive, counted: int, limit: int) -> None:
        while counted <= limit * _DRAIN:
            message = await receive()
            counted += len(message.get("body", b""))
            if not message.get("more_body"):
                return


def _message(limit: int) -> str:
    return f"the request body exceeds {limit} bytes; split it"


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


class TokenBuckets:
    """Allow each caller ``rate`` requests a second and ``burst`` at once; 0 allows any number.

    A token bucket a caller, in this process. ``ticks`` tells seconds that never step back.
    """

    def __init__(
        self, rate: float, burst: int, *, ticks: Callable[[], float] = time.monotonic
    ) -> None:
        self._rate = rate
        self._burst = float(burst)
        self._ticks = ticks
        self._lock = Lock()
        self._buckets: dict[str, _Bucket] = {}

    def take(self, caller: str) -> None:
        """Take one token of ``caller``.

        Raises:
            RateLimited: there is none; ``detail['retry_after']`` says in how many seconds.
        """
        if self._rate <= 0:
            return
        with self._lock:
            now = self._ticks()
            bucket = self._buckets.setdefault(caller, _Bucket(self._burst, now))
            bucket.tokens = min(self._burst, bucket.tokens + (now - bucket.at) * self._rate)
            bucket.at = now
            if bucket.tokens >= 1:
                bucket.tokens -= 1
                return
            wait = (1 - bucket.tokens) / self._rate
        raise RateLimited(
            f"more than {self._rate:g} requests a second; wait {wait:.3f} s",
            retry_after=round(wait, 3),
        )
