"""The REST service behind the connector port."""

import re
from collections.abc import Callable
from typing import TypeVar

import httpx
from pydantic import BaseModel

from memory_os.domain.operations import (
    AddRequest,
    AddResult,
    ContextRequest,
    ContextResult,
    DeleteAllRequest,
    DeleteResult,
    HistoryResult,
    ListRequest,
    Memory,
    MemoryPage,
    SearchRequest,
    SearchResult,
    TransitionRequest,
    UpdateRequest,
)
from memory_os.domain.operations.merge import (
    DuplicatesRequest,
    DuplicatesResult,
    MergeRequest,
    MergeResult,
    UnmergeRequest,
    UnmergeResult,
)
from memory_os.errors import NotFound, StoreUnavailable
from memory_os.ids import IdSource
from memory_os_api.client.activation import ActivationCalls
from memory_os_api.client.adapter import AdapterCalls
from memory_os_api.client.branches import BranchCalls
from memory_os_api.client.erasing import ErasingCalls
from memory_os_api.client.exchange import IDEMPOTENCY_KEY, Exchange
from memory_os_api.client.jobs import JobCalls
from memory_os_api.client.oversight import OversightCalls
from memory_os_api.client.parameters import parameters_of
from memory_os_api.client.policies import PolicyCalls
from memory_os_api.client.reviewing import ReviewingCalls
from memory_os_api.client.settings import Retries, Timeouts
from memory_os_api.client.sharing import SharingCalls
from memory_os_api.client.time_machine import TimeMachineCalls

CUBES = "/v1/cubes"
MERGES = "/v1/merges"
TIMEOUTS = Timeouts()
RETRIES = Retries()
_HEADER_SAFE = re.compile(r"[\x21-\x7e]{1,200}")
_ID = re.compile(r"[A-Za-z0-9_-]{1,256}")

Answer = TypeVar("Answer", bound=BaseModel)


class HttpConnector(
    TimeMachineCalls,
    ErasingCalls,
    BranchCalls,
    SharingCalls,
    PolicyCalls,
    JobCalls,
    OversightCalls,
    ReviewingCalls,
    ActivationCalls,
    AdapterCalls,
):
    """Answer requests through a service elsewhere. Safe to call from many threads.

    Reads are tried again when the service or the way to it fails for a moment, and so are adds,
    updates and moves: the client gives each of them an idempotency key, so that no repetition
    counts twice. Deletions are repeated only where it is sure that nothing was done. ``ids``
    makes the keys, ``chance`` draws jitter from [0, 1), ``sleep`` waits for seconds.
    """

    def __init__(
        self,
        url: str,
        *,
        api_key: str | None = None,
        ids: IdSource,
        chance: Callable[[], float],
        sleep: Callable[[float], None],
        timeouts: Timeouts = TIMEOUTS,
        retries: Retries = RETRIES,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._ids = ids
        self._closed = False
        self._exchange = Exchange(
            url,
            api_key=api_key,
            timeouts=timeouts,
            retries=retries,
            chance=chance,
            sleep=sleep,
            transport=transport,
        )

    def add(self, request: AddRequest) -> AddResult:
        """Store; durable when the call returns."""
        key, carried = self._key(request.idempotency_key)
        return self._post(CUBES, AddResult, {**_body(request), **carried}, key=key)

    def add_many(self, requests: tuple[AddRequest, ...]) -> AddResult:
        """Store all requests in one transaction, or none."""
        if not requests:
            return AddResult(results=())
        bodies = [_body(request, keyed=True) for request in requests]
        given = {request.idempotency_key for request in requests} - {None}
        key = None if given else self._ids.new("idem")
        path = f"{CUBES}:batch"
        return self._post(path, AddResult, {"requests": bodies}, key=key, safe=len(given) < 2)

    def search(self, request: SearchRequest) -> SearchResult:
        """Find, ranked."""
        return self._post("/v1/search", SearchResult, _body(request), changes=False)

    def context(self, request: ContextRequest) -> ContextResult:
        """Find and pack."""
        return self._post("/v1/context", ContextResult, _body(request), changes=False)

    def get(
        self,
        memory_id: str,
        as_of: str | None = None,
        valid_at: str | None = None,
        branch: str | None = None,
    ) -> Memory:
        """Return a memory; times in ISO 8601, or ``as_of`` a snapshot."""
        given = _given(as_of=as_of, valid_at=valid_at, branch=branch)
        return self._read(_path(memory_id), Memory, given)

    def get_all(self, request: ListRequest) -> MemoryPage:
        """Return a page of memories."""
        return self._read(CUBES, MemoryPage, dict(parameters_of(request)))

    def history(self, memory_id: str, branch: str | None = None) -> HistoryResult:
        """Return every version."""
        return self._read(f"{_path(memory_id)}/history", HistoryResult, _given(branch=branch))

    def update(self, memory_id: str, request: UpdateRequest) -> Memory:
        """Make a new version."""
        key, carried = self._key(request.idempotency_key)
        return self._open.ask(
            "PATCH",
            _path(memory_id),
            Memory,
            body={**_body(request), **carried},
            headers=_keyed(key),
            safe=True,
        )

    def transition(self, memory_id: str, request: TransitionRequest) -> Memory:
        """Move through the lifecycle."""
        key, carried = self._key(request.idempotency_key)
        path = f"{_path(memory_id)}/transitions"
        return self._post(path, Memory, {**_body(request), **carried}, key=key)

    def delete(self, memory_id: str, reason: str = "", branch: str | None = None) -> DeleteResult:
        """Delete, recoverable for 30 days."""
        parameters = _given(reason=reason or None, branch=branch)
        return self._open.ask("DELETE", _path(memory_id), DeleteResult, parameters=parameters)

    def delete_all(self, request: DeleteAllRequest) -> DeleteResult:
        """Delete by scope."""
        parameters = dict(parameters_of(request))
        return self._open.ask("DELETE", CUBES, DeleteResult, parameters=parameters)

    def merge(self, request: MergeRequest) -> MergeResult:
        """Make one memory of several."""
        key, carried = self._key(request.idempotency_key)
        return self._post(MERGES, MergeResult, {**_body(request), **carried}, key=key)

    def unmerge(self, memory_id: str, request: UnmergeRequest) -> UnmergeResult:
        """Take a merge apart."""
        path = _path(memory_id).replace(CUBES, MERGES, 1)
        parameters = dict(parameters_of(request))
        return self._open.ask("DELETE", path, UnmergeResult, parameters=parameters)

    def duplicates(self, request: DuplicatesRequest) -> DuplicatesResult:
        """Return pairs that may be one memory."""
        return self._read(f"{MERGES}/candidates", DuplicatesResult, dict(parameters_of(request)))

    def close(self) -> None:
        """Close the connections; calling it twice does nothing more."""
        self._closed = True
        self._exchange.close()

    def __repr__(self) -> str:
        return f"HttpConnector({self._exchange.url!r})"

    def _key(self, given: str | None) -> tuple[str | None, dict[str, str]]:
        """Return the key for the header, and what of it only the body can carry."""
        if given is None:
            return self._ids.new("idem"), {}
        if _HEADER_SAFE.fullmatch(given):
            return given, {}
        return None, {"idempotency_key": given}

    @property
    def _open(self) -> Exchange:
        if self._closed:
            raise StoreUnavailable(
                f"the connection to {self._exchange.url} was closed; open another"
            )
        return self._exchange

    def _post(
        self,
        path: str,
        answer: type[Answer],
        body: object,
        *,
        key: str | None = None,
        safe: bool = True,
        changes: bool = True,
    ) -> Answer:
        return self._open.ask(
            "POST", path, answer, body=body, headers=_keyed(key), safe=safe, changes=changes
        )

    def _read(
        self, path: str, answer: type[Answer], parameters: dict[str, str | list[str]]
    ) -> Answer:
        return self._open.ask("GET", path, answer, parameters=parameters, safe=True, changes=False)


def _path(memory_id: str) -> str:
    if not _ID.fullmatch(memory_id):
        raise NotFound(f"no memory {memory_id!r}", id=memory_id)
    return f"{CUBES}/{memory_id}"


def _body(request: BaseModel, *, keyed: bool = False) -> dict[str, object]:
    hidden = set() if keyed else {"idempotency_key"}
    return request.model_dump(mode="json", exclude_unset=True, exclude=hidden)


def _given(**values: str | None) -> dict[str, str | list[str]]:
    return {name: value for name, value in values.items() if value is not None}


def _keyed(key: str | None) -> dict[str, str]:
    return {} if key is None else {IDEMPOTENCY_KEY: key}
