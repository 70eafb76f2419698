"""Who calls: from the credential, before a byte of the body is read."""

import ipaddress
from collections.abc import Callable
from typing import TypeVar

from anyio import to_thread
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from memory_os.domain.access import Principal
from memory_os.errors import MemoryOSError, Unauthenticated
from memory_os_api.keys import KeyRing, principal_of
from memory_os_api.limits import TokenBuckets
from memory_os_api.problems import failed

OPEN_PATHS = frozenset({"/healthz", "/readyz", "/openapi.json"})
_LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
T = TypeVar("T")
_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")
_SCHEMES = ("bearer", "token")


class Doorkeeper:
    """Let a request in with its principal in ``scope["state"]``, or answer 401 or 429.

    While no key was ever made, callers on this machine are the local principal, provided that the
    request came straight from one: not through a proxy, whose clients could be anybody, and not
    under another host's name, which is how a web page reaches into a machine (DNS rebinding).
    Forwarding headers are never believed; they only ever shut this door.
    """

    def __init__(self, app: ASGIApp, keys: KeyRing, buckets: TokenBuckets) -> None:
        self._app = app
        self._keys = keys
        self._buckets = buckets

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on once its caller is known."""
        if scope["type"] != "http" or scope["path"] in OPEN_PATHS:
            await self._app(scope, receive, send)
            return
        try:
            scope.setdefault("state", {})["principal"] = await self._principal(scope)
        except MemoryOSError as error:
            await failed(error, scope)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    async def _principal(self, scope: Scope) -> Principal:
        headers = Headers(scope=scope)
        token = bearer(headers.getlist("authorization"))
        if token is None:
            required = await self._ask(token, self._keys.required)
            if required or not is_local(scope, headers):
                raise Unauthenticated("send an API key: Authorization: Bearer mos_…")
            return Principal()
        try:
            key = await self._ask(token, lambda: self._keys.verify(token))
        except Unauthenticated as error:
            raise Unauthenticated(error.message, presented=True) from error
        self._buckets.take(key.id)
        return principal_of(key)

    async def _ask(self, token: str | None, question: Callable[[], T]) -> T:
        if self._keys.knows(token):
            return question()
        return await to_thread.run_sync(question)


def bearer(values: list[str]) -> str | None:
    """Return the token of an ``Authorization: Bearer`` (mem0's: ``Token``) header, if there is one.

    Raises:
        Unauthenticated: another scheme, or several headers.
    """
    if not values:
        return None
    scheme, _, token = values[0].strip().partition(" ")
    if len(values) > 1 or scheme.lower() not in _SCHEMES or not token.strip():
        raise Unauthenticated("Authorization must be one header that reads: Bearer mos_…")
    return token.strip()


def is_local(scope: Scope, headers: Headers) -> bool:
    """Tell whether the request comes straight from a program on this machine."""
    client = scope.get("client")
    if client is None or not is_loopback(client[0]):
        return False
    name = headers.get("host", "").rsplit("@", 1)[-1].lower()
    name = name[1:].split("]", 1)[0] if name.startswith("[") else name.split(":", 1)[0]
    return name in _LOCAL_NAMES and not any(header in headers for header in _FORWARDED)


def is_loopback(host: str) -> bool:
    """Tell whether ``host`` is an address of this machine alone."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"
