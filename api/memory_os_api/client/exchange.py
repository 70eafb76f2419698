"""One request and its answer, tried again where that is safe."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from memory_os.errors import ConfigurationError
from memory_os_api.client.settings import Retries, Timeouts
from memory_os_api.client.translate import (
    UNSENT,
    Call,
    from_answer,
    from_exception,
    passes,
    retry_after,
    unreadable,
)

IDEMPOTENCY_KEY = "Idempotency-Key"
_KEPT_OPEN = 32
_IDLE_SECONDS = 4.0

Answer = TypeVar("Answer", bound=BaseModel)
Parameters = Mapping[str, str | list[str]]


class Exchange:
    """Talk to one service over a pool of connections. Safe to call from many threads.

    Proxies of the environment are used, but not for this very machine. ``chance`` draws from
    [0, 1) for the jitter, ``sleep`` waits for seconds. Idle connections are given up before the
    service's own keep-alive (5 s) ends, so that a request meets none that is just being closed.
    """

    def __init__(
        self,
        url: str,
        *,
        api_key: str | None,
        timeouts: Timeouts,
        retries: Retries,
        chance: Callable[[], float],
        sleep: Callable[[float], None],
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.url = _checked_url(url)
        self._retries = retries
        self._chance = chance
        self._sleep = sleep
        limits = httpx.Limits(
            max_connections=None,
            max_keepalive_connections=_KEPT_OPEN,
            keepalive_expiry=_IDLE_SECONDS,
        )
        self._client = httpx.Client(
            headers=_headers(api_key),
            timeout=httpx.Timeout(timeouts.read, connect=timeouts.connect),
            limits=limits,
            transport=transport,
            trust_env=not _on_this_machine(self.url),
        )

    def ask(
        self,
        method: str,
        path: str,
        answer: type[Answer],
        *,
        parameters: Parameters | None = None,
        body: object = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        safe: bool = False,
        changes: bool = True,
    ) -> Answer:
        """Send and return the answer, tried again when ``safe`` or when nothing was sent.

        ``body`` goes as JSON, ``content`` as it is.

        Raises:
            MemoryOSError: what the service answered, or what kept it from answering.
        """
        headers = dict(headers or {})
        call = Call(method, self.url + path, changes, headers.get(IDEMPOTENCY_KEY))
        if content is not None:
            headers["Content-Type"] = "application/octet-stream"
        payload = {"json": body} if content is None else {"content": content}
        response = self._answered(call, parameters, payload, headers, safe=safe)
        try:
            return answer.model_validate_json(response.content)
        except ValidationError as error:
            raise unreadable(response, call) from error

    def fetch(self, path: str, parameters: Parameters | None = None) -> httpx.Response:
        """Return the answer to a read as it came, tried again where the way failed.

        Raises:
            MemoryOSError: what the service answered, or what kept it from answering.
        """
        call = Call("GET", self.url + path, False, None)
        return self._answered(call, parameters, {}, {}, safe=True)

    def _answered(
        self,
        call: Call,
        parameters: Parameters | None,
        payload: Mapping[str, Any],
        headers: Mapping[str, str],
        *,
        safe: bool,
    ) -> httpx.Response:
        attempt = 1
        while True:
            asked = None
            try:
                response = self._client.request(
                    call.method, call.url, params=parameters, headers=headers, **payload
                )
            except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as raised:
                error = from_exception(raised, call)
                again = isinstance(raised, UNSENT) or (
                    safe and isinstance(raised, httpx.TransportError)
                )
                cause: Exception | None = raised
            else:
                if response.is_success:
                    return response
                error, cause = from_answer(response, call), None
                again = passes(response, error) and (safe or response.status_code == 429)
                asked = retry_after(response)
            pause = self._retries.pause(attempt, self._chance(), asked) if again else None
            if pause is None:
                raise error from cause
            self._sleep(pause)
            attempt += 1

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def __repr__(self) -> str:
        return f"Exchange({self.url!r})"


def _checked_url(url: str) -> str:
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise ConfigurationError(f"the service's URL cannot be read: {error}") from error
    if parsed.userinfo:
        raise ConfigurationError(
            f"the URL of {parsed.host!r} holds a user or password; give the key as api_key"
        )
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise ConfigurationError(f"{url!r} is no URL such as 'https://memory.example.com'")
    if parsed.query or parsed.fragment:
        raise ConfigurationError(f"{url!r} must end with its path; leave out '?' and '#'")
    return str(parsed).rstrip("/")


def _on_this_machine(url: str) -> bool:
    host = httpx.URL(url).host
    return host in ("localhost", "::1") or host.startswith("127.")


def _headers(api_key: str | None) -> dict[str, str]:
    headers = {"Accept": "application/json"}
    if api_key is not None:
        if not api_key or not all("!" <= char <= "~" for char in api_key):
            raise ConfigurationError(
                "the API key is empty or holds a blank or a character outside ASCII; give it as "
                "'memory-os keys create' printed it"
            )
        headers["Authorization"] = f"Bearer {api_key}"
    return headers
