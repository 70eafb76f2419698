"""From httpx's exceptions and a service's answers to the errors of Memory OS."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

import httpx

from memory_os.errors import (
    ConfigurationError,
    MemoryOSError,
    QuotaExhausted,
    RateLimited,
    ServiceError,
    ServiceTimeout,
    ServiceUnreachable,
    StoreBusy,
    StoreUnavailable,
    error_for,
)

PROBLEM = "application/problem+json"
UNSENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
PASSING = (RateLimited, StoreBusy, StoreUnavailable)
PASSING_STATUS = frozenset({429, 502, 503, 504})
_NO_FACTS = frozenset(
    {"type", "title", "status", "detail", "instance", "code", "errors", "self", "message"}
)


@dataclass(frozen=True, slots=True)
class Call:
    """One request as its errors name it. ``changes`` tells that it writes."""

    method: str
    url: str
    changes: bool
    key: str | None = None

    def __str__(self) -> str:
        return f"{self.method} {self.url}"


def from_exception(error: Exception, call: Call) -> MemoryOSError:
    """Return the error for what went wrong between here and the service."""
    if isinstance(error, httpx.ConnectTimeout | httpx.ConnectError | httpx.ProxyError):
        return ServiceUnreachable(
            f"no connection for {call}: {_reason(error)}; check that the URL is right and that the "
            "service runs ('memory-os serve')",
            url=call.url,
        )
    if isinstance(error, httpx.TimeoutException):
        return ServiceTimeout(
            f"no answer to {call} in time; {_aftermath(error, call)}",
            url=call.url,
            may_have_happened=_may_have_happened(error, call),
        )
    if isinstance(error, httpx.NetworkError | httpx.RemoteProtocolError | httpx.StreamError):
        return ServiceUnreachable(
            f"the connection broke during {call}: {_reason(error)}; {_aftermath(error, call)}",
            url=call.url,
            may_have_happened=_may_have_happened(error, call),
        )
    if isinstance(error, httpx.UnsupportedProtocol | httpx.InvalidURL | httpx.LocalProtocolError):
        return ConfigurationError(f"{call} cannot be sent: {_reason(error)}; check the URL")
    return ServiceError(f"{call} failed: {_reason(error)}; check that the URL is Memory OS's")


def _reason(error: Exception) -> str:
    return str(error) or type(error).__name__


def _may_have_happened(error: Exception, call: Call) -> bool:
    return call.changes and not isinstance(error, UNSENT)


def _aftermath(error: Exception, call: Call) -> str:
    if not _may_have_happened(error, call):
        return "nothing was changed; try again"
    if call.key is not None:
        return f"the write may have happened; repeat it with idempotency_key={call.key!r}"
    return "the change may have happened; read before you repeat it"


def from_answer(answer: httpx.Response, call: Call) -> MemoryOSError:
    """Return the error that a status of 300 or more stands for."""
    problem = _problem(answer)
    if problem is None:
        return _foreign(answer, call)
    facts = {name: value for name, value in problem.items() if name not in _NO_FACTS}
    kind = error_for(str(problem["code"]))
    wait = retry_after(answer) if kind in (RateLimited, QuotaExhausted) else None
    if wait is not None:
        facts.setdefault("retry_after", wait)
    message = str(problem.get("detail") or problem.get("title") or f"{call} failed")
    return kind(message, **facts)


def _problem(answer: httpx.Response) -> Mapping[str, object] | None:
    if not answer.headers.get("content-type", "").startswith(PROBLEM):
        return None
    try:
        body = json.loads(answer.content)
    except ValueError:
        return None
    return body if isinstance(body, dict) and "code" in body else None


def _foreign(answer: httpx.Response, call: Call) -> ServiceError:
    kind = answer.headers.get("content-type", "no content type").split(";")[0]
    where = answer.headers.get("location")
    moved = f", pointing to {where}" if where and answer.is_redirect else ""
    return ServiceError(
        f"{call} was answered with status {answer.status_code} ({kind}){moved}, which is not an "
        "answer of Memory OS; check the URL, and what stands between here and the service",
        status=answer.status_code,
        url=call.url,
    )


def unreadable(answer: httpx.Response, call: Call) -> ServiceError:
    """Return the error for a success whose body is not what Memory OS answers."""
    kind = answer.headers.get("content-type", "no content type").split(";")[0]
    return ServiceError(
        f"{call} was answered with status {answer.status_code} and a body ({kind}) that is not an "
        "answer of Memory OS, or of another release; check the URL and the versions",
        status=answer.status_code,
        url=call.url,
    )


def passes(answer: httpx.Response, error: MemoryOSError) -> bool:
    """Tell whether the same call may well succeed a little later."""
    if isinstance(error, PASSING):
        return True
    return answer.status_code in PASSING_STATUS and type(error) is ServiceError


def retry_after(answer: httpx.Response) -> float | None:
    """Return the seconds that a ``Retry-After`` asks for, as a number or as a date (RFC 9110).

    A date counts from the answer's own ``Date``, so that no clock of ours is involved.
    """
    raw = answer.headers.get("retry-after", "").strip()
    if raw.replace(".", "", 1).isdigit():
        return float(raw)
    try:
        until = parsedate_to_datetime(raw)
        since = parsedate_to_datetime(answer.headers.get("date", ""))
        return max(0.0, (until - since).total_seconds())
    except (TypeError, ValueError):
        return None
